import type { Logger } from '@headgate/core';
import type { z } from 'zod';
import { Guard } from '../availability/guard.js';
import { type Health, troubleOf } from '../availability/health.js';
import type { IpcChannel } from './channel.js';
import { type Call, readFrame, signed } from './frames.js';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

class ParentGone extends Error {
  readonly code = 'EPIPE';
}

/** A worker's side: asks the parent, which holds the stores. */
export class IpcClient {
  readonly #channel: IpcChannel;
  readonly #guard: Guard;
  readonly #waiting = new Map<number, Waiting>();
  readonly #removals: (() => void)[];
  #onMessage: (topic: string, message: string) => void = () => undefined;
  #lastId = 0;

  constructor(channel: IpcChannel, log: Logger) {
    this.#channel = channel;
    this.#guard = new Guard({ store: 'stores', driver: 'ipc', log, troubleOf });
    this.#removals = [
      channel.onMessage((received) => this.#receive(received)),
      channel.onClose(() => {
        this.#guard.failed('disconnected');
        this.#rejectAll();
      }),
    ];
    if (channel.isOpen) this.#guard.succeeded();
  }

  get isConnected(): boolean {
    return this.#channel.isOpen;
  }

  get health(): Health {
    return this.#guard.health;
  }

  /** Rejects with `StoreUnavailable` within 250 ms. */
  call<T>(call: Call, result: z.ZodType<T>): Promise<T> {
    return this.#guard.run(async () => result.parse(await this.#ask(call)));
  }

  publish(topic: string, message: string): void {
    this.#channel.send(signed({ kind: 'message', topic, message }));
  }

  /** There is one listener, the bus. */
  onMessage(listener: (topic: string, message: string) => void): void {
    this.#onMessage = listener;
  }

  close(): void {
    for (const remove of this.#removals) remove();
    this.#rejectAll();
  }

  #ask(call: Call): Promise<unknown> {
    if (!this.#channel.isOpen) return Promise.reject(new ParentGone());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#channel.send(signed({ kind: 'request', id, request: call }));
    });
  }

  #receive(received: unknown): void {
    const frame = readFrame(received);
    if (frame?.kind === 'message') this.#onMessage(frame.topic, frame.message);
    if (frame?.kind !== 'answer') return;
    const waiting = this.#waiting.get(frame.id);
    this.#waiting.delete(frame.id);
    if (frame.isDone) waiting?.resolve(frame.result);
    else waiting?.reject(new Error('the parent could not do it'));
  }

  #rejectAll(): void {
    for (const { reject } of this.#waiting.values()) reject(new ParentGone());
    this.#waiting.clear();
  }
}
