/** Writes to the store in argv[2] until the disk takes no more; prints what was acknowledged, how it failed, whether the audit log rejects, and how many segments further refusals leave. */
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { openEmbedded } = require('../../../dist/store/embedded/open.js');

const none = { token: [], reference: [], string: [], date: [], number: [], quantity: [], uri: [], composite: [], mainDate: 0 };
const put = (id) => ({
  kind: 'put', type: 'Basic', id, expect: 'absent', claims: [], entries: none, access: { exposure: 'public', owners: [], structures: [] },
  body: { before: `{"resourceType":"Basic","id":"${id}","meta":{`, after: `},"text":"${id.repeat(2000)}"}` },
});
const record = { at: 1, actor: { kind: 'x'.repeat(100_000) }, interaction: 'read', patients: [], status: 200, request: 'r' };
const tooLarge = { ...record, actor: { kind: 'x'.repeat(4_000_000) } };

async function main() {
  const store = await openEmbedded({ directory: process.argv[2], identity: { domain: 'test' }, log: { warn() {}, error() {} } });
  const acknowledged = [];
  const failures = [];
  for (let number = 0; failures.length < 3 && number < 5000; number++) {
    await store.commit({ writes: [put(`b${number}`)], guards: [] }).then(() => acknowledged.push(`b${number}`), (error) => failures.push(error.failure ?? String(error)));
  }
  const rejected = (asked) => store.appendAudit(asked).then(() => false, () => true);
  let audit = 'taken';
  for (let number = 0; audit === 'taken' && number < 100; number++) if (await rejected(record)) audit = 'rejected';
  const segments = () => readdirSync(join(process.argv[2], 'audit')).length;
  const before = segments();
  for (let number = 0; number < 5; number++) await rejected(tooLarge);
  process.stdout.write(JSON.stringify({ acknowledged, failures, audit, grown: segments() - before }), () => process.exit(0));
}
main();
