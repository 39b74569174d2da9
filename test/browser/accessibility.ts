/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/**
 * What of WCAG 2.2 AA a machine can tell of a plain page: language, title, one first heading, a name for every control, references
 * that lead somewhere, and text of enough contrast (1.4.3). Answers the faults, empty when there are none.
 */
export function accessibilityFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const say = (element: Element) =>
      `${element.tagName.toLowerCase()}${element.id && `#${element.id}`} "${(element.textContent ?? '').trim().slice(0, 30)}"`;
    if (!document.documentElement.lang) faults.push('the page names no language');
    if (!document.title.trim()) faults.push('the page has no title');
    if (document.querySelectorAll('h1').length !== 1) faults.push('the page has not exactly one h1');

    for (const control of document.querySelectorAll<HTMLInputElement>('input:not([type=hidden]), select, textarea')) {
      const label = [...(control.labels ?? [])].map(({ textContent }) => textContent?.trim()).join(' ');
      if (!label && !control.getAttribute('aria-label')) faults.push(`no label: ${say(control)}`);
    }
    for (const control of document.querySelectorAll('button, a[href]'))
      if (!control.textContent?.trim()) faults.push(`no name: ${say(control)}`);
    for (const described of document.querySelectorAll('[aria-describedby]')) {
      for (const id of described.getAttribute('aria-describedby')!.split(' '))
        if (!document.getElementById(id)) faults.push(`described by nothing: ${say(described)}`);
    }

    const luminance = ([red, green, blue]: readonly number[]) => {
      const linear = [red!, green!, blue!].map((part) => (part <= 10.31475 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
    };
    const parts = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const groundOf = (element: Element | null): number[] => {
      if (!element) return [255, 255, 255];
      const ground = parts(getComputedStyle(element).backgroundColor);
      return ground.length === 4 && ground[3] === 0 ? groundOf(element.parentElement) : ground;
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement!;
      if (!text.textContent?.trim() || element.getClientRects().length === 0) continue;
      const [light, dark] = [luminance(parts(getComputedStyle(element).color)), luminance(groundOf(element))].sort((a, b) => b - a);
      const contrast = (light! + 0.05) / (dark! + 0.05);
      if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${say(element)}`);
    }
    return faults;
  });
}

/** The elements that the Tab key reaches from the top of the page, by id, name or text, in order. */
export async function focusOrder(page: Page, steps: number): Promise<string[]> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const order: string[] = [];
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press('Tab');
    order.push(
      await page.evaluate(() => {
        const element = document.activeElement;
        return element?.id || element?.getAttribute('name') || element?.textContent?.trim() || '';
      }),
    );
  }
  return order;
}
