/**
 * The leak matrix: every way of hiding, crossed with every route. While data are hidden, and after they were deleted, the caller is answered as when they have
 * been erased for good: the same status, headers and body, whatever is asked; before, each way showed them.
 */
import { onMongo } from '../../support/stores';
import { routes } from '../../../src/routes';
import type { Call, Reply } from '../../support/http-server';
import { startTestServer, type TestServer } from '../../support/http-server';
import { columns, paged, type Ask, type Column } from './columns';
import { newWorld, type World } from './record';
import { lift, rows } from './rows';

let server: TestServer;
beforeAll(async () => { server = await startTestServer(); });
afterAll(() => server?.stop());

const all: readonly Column[] = Object.values(columns).flat();
/** Columns that have shown what is hidden to some caller, before. */
const shown = new Set<Column>();

it('has a column for every route', () => {
  expect(Object.keys(columns).sort()).toEqual([...new Set(routes.map(({ method, pattern }) => `${method} ${pattern.join('/')}`))].sort());
});

const filled = (template: string, { names }: World): string => template.replace(/\{([a-z]+)\}/g, (whole, name: string) => names[name] ?? whole);
function callOf({ method, headers, body }: Ask, world: World): Call {
  return {
    method: method ?? 'GET',
    ...(headers ? { headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value, world)])) } : {}),
    ...(body === undefined ? {} : { body: headers?.['Content-Type'] === 'text/xml' ? JSON.parse(`"${filled(body, world)}"`) as string : filled(body, world) }),
  };
}
const queryOf = (path: string, world: World): string => filled(path, world).replace(/=([^&]*)/g, (_, value: string) => `=${encodeURIComponent(value)}`);
const ask = (column: Ask, world: World, caller: (typeof rows)[number]['caller'] | 'operator'): Promise<Reply> => world.as(caller, queryOf(column.path, world), callOf(column, world));

/** Moments of answers, ids of what is made for an answer, and cursors change from one to the next. */
const passing = new Set(['date', 'x-request-id', 'connection', 'keep-alive']);
function read({ status, headers, text }: Reply): string {
  const kept = [...headers].filter(([name]) => !passing.has(name) && (name !== 'content-length' || !text.includes('_cursor='))).map(([name, value]) => `${name}: ${value}`).join('\n');
  return `${status}\n${kept}\n${text}`
    .replace(/("resourceType":"Bundle",(?:"id":"[^"]*",)?"meta":\{"lastUpdated":)"[^"]*"/g, '$1""').replace(/_cursor=[\w.~-]+/g, '_cursor=').replace(/urn:uuid:[0-9a-f-]{36}/g, 'urn:uuid:').replace(/(<Bundle[^>]*>(?:<id [^>]*>)?<meta><lastUpdated value=)"[^"]*"/g, '$1""')
    .replace(/("resourceType":"Bundle",)"id":"[^"]*"/g, '$1"id":""').replace(/("timestamp":)"[^"]*"/g, '$1""');
}

const texts = new WeakMap<Reply, string>();
function told(reply: Reply): string {
  const known = texts.get(reply) ?? read(reply);
  texts.set(reply, known);
  return known;
}

async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let at = 0;
  await Promise.all(Array.from({ length: 6 }, async () => {
    for (let index = at++; index < items.length; index = at++) results[index] = await work(items[index] as T);
  }));
  return results;
}
const nextOf = ({ body }: Reply): string | undefined => (body.link as { relation: string; url: string }[] | undefined)?.find(({ relation }) => relation === 'next')?.url;
const named = (column: Column): string => `${column.method ?? 'GET'} ${column.path} ${JSON.stringify(column.headers ?? '')} ${column.body?.slice(0, 100) ?? ''}`;
const secretsIn = (reply: Reply, { secrets }: World, asked: string): string[] => secrets.filter((secret) => !asked.includes(secret) && told(reply).includes(secret));

/** Which rules hide is the same code on both stores; how the reach is joined is not: there, each kind of reach once. */
const asked = rows.filter(({ caller, hides, version }) => !onMongo || caller !== 'other' && (version !== undefined ? version === 'later' : hides === 'record' || caller !== 'laboratory'))
  .map((row) => ({ ...row, ways: Object.fromEntries(Object.entries(row.ways).slice(0, onMongo ? 1 : undefined)) }));

/** Where what was deleted could be told: by its address, and by history. */
const isKept = ({ path, conditional }: Column): boolean => !conditional && (/^[^?]*\{/.test(path) || path.includes('_history') || path === '');

describe.each(asked.map((row, at) => [`${Object.keys(row.ways).join(', ')}: for the ${row.caller}`, row, at] as const))('%s', (_name, row, at) => {
  it('tells nothing, by no way', async () => {
    const world = await newWorld(server, row, at);
    const seer = Object.values(row.ways).includes(undefined) ? 'operator' : row.caller;
    // Told by the last test, which needs all rows.
    const before = await eachOf(onMongo ? [] : all, async (column) => (column.silent ? undefined : ask(column, world, seer)));
    const pages = (await eachOf(seer === 'operator' ? [] : paged, (path) => ask({ path }, world, seer))).flatMap((page) => nextOf(page) ?? []);

    const wrong: string[] = [];
    const answers: (readonly [state: string, replies: readonly (Reply | undefined)[]])[] = [];
    let hiding: Reply | undefined;
    for (const [name, hide] of Object.entries(row.ways)) {
      if (hiding) expect((await lift(world, hiding)).status).toBeLessThan(300);
      hiding = await hide?.(world);
      if (hiding) expect([hiding.status, hiding.status < 300 ? '' : hiding.text]).toEqual([hiding.status, '']);
      answers.push([name, await eachOf(all, (column) => ask(column, world, row.caller))]);
      for (const [index, page] of (await eachOf(pages, (url) => world.as(row.caller, url))).entries()) wrong.push(...secretsIn(page, world, pages[index] ?? '').map((secret) => `${name}: next page: ${secret}`));
    }
    for (const name of world.hidden) await world.as('operator', name, { method: 'DELETE' });
    answers.push(['deleted', await eachOf(all, async (column) => (isKept(column) ? ask(column, world, row.caller) : undefined))]);
    for (const name of world.hidden) expect((await world.as('operator', `${name}/$erase`, { method: 'POST' })).status).toBe(200);

    await eachOf([...all.entries()], async ([index, column]) => {
      const { like } = column;
      const asked = queryOf(column.path, world) + (column.body === undefined ? '' : filled(column.body, world));
      const model = like !== undefined && 'some' in like ? undefined : told(await ask(like ?? column, world, row.caller));
      for (const [state, replies] of answers) {
        const answer = replies[index];
        if (answer === undefined) continue;
        for (const secret of secretsIn(answer, world, asked)) wrong.push(`${state}: ${named(column)}: ${secret}`);
        if (like !== undefined && 'some' in like && !like.some.includes(answer.status)) wrong.push(`${state}: ${named(column)}: ${answer.status}`);
        if (model !== undefined && told(answer) !== model) wrong.push(`${state}: ${named(column)}\n--- told\n${told(answer).slice(0, 1500)}\n--- instead of\n${model.slice(0, 1500)}`);
      }
      const [earlier, first] = [before[index], answers[0]?.[1][index]];
      if (earlier && first && told(earlier) !== told(first)) shown.add(column);
    });
    expect(wrong.join('\n\n')).toBe('');
  });
});

// With all rows, since not every caller may ask everything.
(onMongo ? it.skip : it)('each way shows what is not hidden', () => {
  expect(all.filter((column) => !column.silent && !shown.has(column)).map(named)).toEqual([]);
});
