import dns from 'node:dns';
import net from 'node:net';

/** Loaded into Headgate by `--import`: writes a line for every connection that it opens and every name that it looks up. */
const say = (what) => process.stderr.write(`outgoing: ${what}\n`);

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  say(typeof options === 'object' && options !== null ? `${options.host ?? options.path}:${options.port}` : String(options));
  return connect.apply(this, args);
};
for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) {
  const original = dns[name];
  dns[name] = (host, ...rest) => {
    say(host);
    return original(host, ...rest);
  };
}
