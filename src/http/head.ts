/** The head of an answer while it is put together. */
export type Head = Record<string, string | number>;

/** Names once what an answer depends on, beside what its maker said. */
export function addVary(head: Head, name: string): void {
  const said = head.Vary;
  if (said === undefined) head.Vary = name;
  else if (!String(said).split(/\s*,\s*/).some((one) => one === '*' || one.toLowerCase() === name.toLowerCase())) head.Vary = `${said}, ${name}`;
}
