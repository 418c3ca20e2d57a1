/** Whether what is compared is the same: every question once, to the server and to the queries written by hand. */
import { CommandError } from '../../command-error.js';
import { allAsked, byHandPath, servedPath } from './families.js';
import type { QuestionName } from './questions.js';

interface Bundle {
  readonly total?: number;
  readonly entry?: readonly { readonly fullUrl: string; readonly search?: { readonly mode?: string } }[];
}

const addresses = ({ entry = [] }: Bundle, along: boolean): string[] => entry.filter(({ search }) => (search?.mode === 'include') === along).map(({ fullUrl }) => fullUrl);
/** What must be the same: matches in their order, what comes along in any. */
const aspects: Readonly<Record<string, (bundle: Bundle) => unknown>> = { total: ({ total }) => total, matches: (bundle) => addresses(bundle, false), 'included resources': (bundle) => addresses(bundle, true).sort() };

async function bundleAt(url: string, headers: Readonly<Record<string, string>>): Promise<Bundle> {
  const response = await fetch(url, { headers });
  const text = await response.text();
  if (!response.ok) throw new CommandError(`A question of the bench was not answered: ${text.slice(0, 500)}`);
  return JSON.parse(text) as Bundle;
}

/** @throws CommandError that names a question whose two answers differ, and in what */
export async function requireSame({ server, bare }: { readonly server: string; readonly bare: string }, token: string, patients: readonly string[], names: readonly QuestionName[]): Promise<void> {
  for (const asked of allAsked(patients, names)) {
    const [served, byHand] = [await bundleAt(`${server}${servedPath(asked)}`, { Authorization: `Bearer ${token}` }), await bundleAt(`${bare}${byHandPath(asked)}`, {})];
    const other = Object.entries(aspects).find(([, of]) => JSON.stringify(of(served)) !== JSON.stringify(of(byHand)));
    if (other) throw new CommandError(`The query written by hand for "${asked.question}" gives other ${other[0]} than the server.`);
  }
}
