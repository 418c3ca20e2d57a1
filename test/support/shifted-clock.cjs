/** Loaded before a server that is tested (`--require`): its clock is CLOCK_AHEAD ms ahead of the machine's. */
const now = () => realNow() + Number(process.env.CLOCK_AHEAD);
const realNow = Date.now.bind(Date);

globalThis.Date = new Proxy(Date, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
