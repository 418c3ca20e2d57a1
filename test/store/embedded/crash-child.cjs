/**
 * Writes sets of five resources, a content and an audit record to the store in the folder argv[2], and prints the number
 * of each set once it is acknowledged. Runs until it is killed.
 */
const { openEmbedded } = require('../../../dist/store/embedded/open.js');

const entries = (id) => ({
  token: [{ param: 'Basic.identifier', system: 's', code: id, mark: 3 }],
  reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: 0,
});
const put = (id, more) => ({
  kind: 'put', type: 'Basic', id, expect: 'absent', claims: [], entries: entries(id), access: { exposure: 'public', owners: [], structures: [] },
  body: { before: `{"resourceType":"Basic","id":"${id}","meta":{`, after: `},"text":"${id.repeat(200)}"}` }, ...more,
});
async function* bytes(text) {
  yield Buffer.from(text);
}

async function main() {
  const store = await openEmbedded({ directory: process.argv[2], identity: { domain: 'test' }, log: console });
  let next = 0;
  const write = async () => {
    for (;;) {
      const number = `${process.pid}-${next++}`;
      const content = await store.stage(bytes(number.repeat(1000)), 'text/plain');
      const writes = [0, 1, 2, 3, 4].map((part) => put(`${number}-${part}`, part === 0 ? { content, claims: [{ kind: 'document', system: 's', value: number }] } : {}));
      const outcome = await store.commit({ writes, guards: [] });
      await store.appendAudit({ at: 1, actor: { kind: 'operator' }, interaction: 'create', patients: [], status: 201, request: number });
      if (outcome.kind === 'committed') process.stdout.write(`${number}\n`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, write));
}
main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
