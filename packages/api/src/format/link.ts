/** `Link: <...>; rel="next"` (RFC 8288): the request's own target with another offset, whatever name the request gave it. */
export function nextLink(target: string, offset: number): string {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const kept =
    mark < 0
      ? []
      : target
          .slice(mark + 1)
          .split('&')
          .filter((part) => part !== '' && !/^(?:offset|skip)(?:=|$)/.test(part));
  // `<` and `>` end the address, and may come from a client that does not encode.
  const query = [...kept, `offset=${offset}`].join('&').replaceAll('<', '%3C').replaceAll('>', '%3E');
  return `<${path}?${query}>; rel="next"`;
}
