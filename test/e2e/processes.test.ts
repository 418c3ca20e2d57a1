/** Several server processes on one replica set answer as one. The clock of the second is 5 s ahead of the others'. */
import { cda, freshId, ins, recordTarget, replaces, textBody } from '../support/cda';
import { documentNames, identifierOf, insOf, professionals, structures } from '../support/cast';
import { startFleet, type Fleet } from '../support/fleet';
import { startTestServer, type Call, type Json, type Reply, type TestServer } from '../support/http-server';
import { describeMongo } from '../support/mongo';
import { readDocument } from '../../src/cli/fixtures';

type Ask = Fleet['ask'][number];
const xml = (body: string, token: string): Call => ({ token, headers: { 'Content-Type': 'text/xml' }, body });
const push = (ask: Ask, token: string, text: string): Promise<Reply> => ask('DocumentReference/$submit-document', xml(text, token));
const entries = (reply: Reply): Json[] => (reply.body.entry ?? []).map(({ resource }: Json) => resource);
const nextOf = (reply: Reply): string | undefined => (reply.body.link ?? []).find(({ relation }: Json) => relation === 'next')?.url;
const documentOf = (reply: Reply): string => (reply.headers.get('location') ?? '').split('/DocumentReference/')[1]?.split('/')[0] ?? '';

let people = 0;
/** Somebody nobody knows yet; `identifier` is the token that finds them. */
function somebody(): { readonly person: string; readonly identifier: string } {
  const thirteen = `279035129${String(1000 + ++people)}`;
  const value = thirteen + String(97 - (Number(thirteen) % 97)).padStart(2, '0');
  return { person: recordTarget({ ids: ins(value) }), identifier: encodeURIComponent(`urn:oid:1.2.250.1.213.1.4.10|${value}`) };
}

describeMongo('Processes on one replica set', () => {
  let fleet: Fleet;
  let [system, professional, patient, operator] = ['', '', '', ''];
  let [first, second] = [] as unknown as [Ask, Ask];

  beforeAll(async () => {
    fleet = await startFleet([0, 5000, 0, 0]);
    [first, second] = fleet.ask as [Ask, Ask];
    [system, professional, patient, operator] = await Promise.all([
      fleet.token({ as: 'system', structure: structures[0]!.id }), fleet.token({ as: 'professional', rpps: professionals[1]!.rpps, structure: professionals[1]!.structure }),
      fleet.token({ as: 'patient', ins: insOf('lenoir') }), fleet.token({ as: 'operator' }),
    ]);
    for (const [index, name] of documentNames.entries()) {
      expect([name, (await push(fleet.ask[index % 4]!, system, readDocument(name).toString('utf8'))).status]).toEqual([name, 201]);
    }
  }, 120_000);
  afterAll(() => fleet.stop());

  const patientId = async (identifier = identifierOf('lenoir')): Promise<string> => (await first(`Patient?identifier=${identifier}`, { token: operator })).body.entry[0].resource.id;

  describe('give the answers of one', () => {
    const questions = [
      'Patient?_sort=-birthdate,_id', 'Patient?family=le&_sort=_id', `DocumentReference?patient.identifier=${identifierOf('lenoir')}&status=current`, 'Observation?_count=100&_sort=-date,_id',
      'Condition?subject:Patient.gender=female&_sort=_id', 'Patient?_has:Observation:subject:status=final&_sort=_id', 'Composition?_include=Composition:subject&_sort=_id', 'Immunization?_total=accurate&_count=1', 'MedicationStatement?_summary=count',
    ];

    it.each(questions)('%s: the same from each of them', async (question) => {
      const [one, ...others] = await Promise.all(fleet.ask.map((ask) => ask(question, { token: professional })));
      expect(one!.status).toBe(200);
      for (const other of others) expect([other.status, other.body.total, entries(other)]).toEqual([200, one!.body.total, entries(one!)]);
    });

    it('as many, of the same types, as one server that took the same documents', async () => {
      const alone: TestServer = await startTestServer();
      try {
        const [taking, asking] = await Promise.all([
          alone.token({ as: 'system', structure: structures[0]!.id }), alone.token({ as: 'professional', rpps: professionals[1]!.rpps, structure: professionals[1]!.structure }),
        ]);
        for (const name of documentNames) expect((await push((path, call) => alone.call(path, call), taking, readDocument(name).toString('utf8'))).status).toBe(201);
        const told = (reply: Reply) => ({ total: reply.body.total, types: entries(reply).map(({ resourceType }) => resourceType) });
        const some: number[] = [];
        for (const question of questions) {
          const expected = told(await alone.call(question, { token: asking }));
          some.push(expected.total);
          expect([question, told(await second(question, { token: professional }))]).toEqual([question, expected]);
        }
        expect(some.filter((total) => total > 0).length).toBeGreaterThan(6);
      } finally {
        await alone.stop();
      }
    });
  });

  it('keep a consent that was given at one, each on its next request, until it is lifted at another', async () => {
    const id = await patientId();
    const seen = async () => Promise.all(fleet.ask.map(async (ask) => [(await ask(`Patient/${id}`, { token: professional })).status, (await ask(`Condition?patient=Patient/${id}`, { token: professional })).body.total > 0]));
    const everywhere = (status: number, found: boolean) => fleet.ask.map(() => [status, found]);
    expect(await seen()).toEqual(everywhere(200, true));
    for (const [giving, lifting] of [[0, 1], [1, 2], [3, 0]] as const) {
      const consent = await fleet.ask[giving]!('Consent', {
        token: patient, body: {
          resourceType: 'Consent', status: 'active', scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
          category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }], patient: { reference: `Patient/${id}` }, provision: { type: 'deny' },
        },
      });
      expect(consent.status).toBe(201);
      expect(await seen()).toEqual(everywhere(404, false));
      expect((await push(second, system, cda({ person: recordTarget({ ids: ins(insOf('lenoir').split('|')[1]!) }) }))).status).toBe(403);
      expect((await fleet.ask[lifting]!(`Consent/${consent.body.id}`, { token: patient, method: 'DELETE' })).status).toBe(204);
      expect(await seen()).toEqual(everywhere(200, true));
    }
  });

  it('make one Patient of 100 first pushes at once', async () => {
    const { person, identifier } = somebody();
    const pushed = await Promise.all(Array.from({ length: 100 }, (_, index) => push(fleet.ask[index % 2]!, system, cda({ person }))));
    expect(pushed.map(({ status }) => status)).toEqual(pushed.map(() => 201));
    for (const ask of [first, second]) {
      expect((await ask(`Patient?identifier=${identifier}`, { token: operator })).body.total).toBe(1);
      expect((await ask(`DocumentReference?patient.identifier=${identifier}&_total=accurate&_count=1`, { token: operator })).body.total).toBe(100);
    }
  }, 120_000);

  it('take a document once that comes to two of them at once', async () => {
    for (let round = 0; round < 5; round++) {
      const text = cda({ person: somebody().person });
      const [one, other] = await Promise.all([push(first, system, text), push(second, system, text)]);
      expect([one!.status, other!.status].sort()).toEqual([200, 201]);
      expect(one!.body).toEqual(other!.body);
    }
  });

  it('end with one current version when parent and child come to two of them at once', async () => {
    for (let round = 0; round < 8; round++) {
      const { person } = somebody();
      const [parent, child] = [freshId(), freshId()];
      const texts = [
        cda({ id: `<id root="${parent}"/>`, person, body: textBody('Version 1') }), cda({ id: `<id root="${child}"/>`, person, body: textBody('Version 2'), related: replaces(parent) }),
      ];
      const pushed = await Promise.all((round % 2 === 0 ? texts : texts.reverse()).map((text, index) => push(fleet.ask[index]!, system, text)));
      const stored = await Promise.all(pushed.map((reply) => second(`DocumentReference/${documentOf(reply)}`, { token: operator })));
      expect(stored.map(({ body }) => body.status).sort()).toEqual(['current', 'superseded']);
      expect((await first(`Composition?subject=${stored[0]!.body.subject.reference}`, { token: operator })).body.total).toBe(1);
    }
  }, 120_000);

  it('turn each other’s pages', async () => {
    const whole = entries(await first('Observation?_count=100&_sort=-date', { token: professional })).map(({ id }) => id as string);
    const paged: string[] = [];
    let turn = 0;
    for (let next: string | undefined = 'Observation?_count=3&_sort=-date'; next !== undefined; turn++) {
      const page: Reply = await fleet.ask[turn % 4]!(next, { token: professional });
      expect(page.status).toBe(200);
      paged.push(...entries(page).map(({ id }) => id as string));
      next = nextOf(page);
    }
    expect(turn).toBeGreaterThan(4);
    expect(paged).toEqual(whole);
  });

  it('lose nothing between two pulls by _since, whichever of them is asked', async () => {
    const id = await patientId(identifierOf('paoli'));
    const written: string[] = [];
    const write = async (ask: Ask): Promise<void> => {
      for (let count = 0; count < 25 || pulls <= 3; count++) {
        const made = await ask('Observation', { token: operator, body: { resourceType: 'Observation', status: 'final', code: { text: 'pull' }, subject: { reference: `Patient/${id}` } } });
        expect(made.status).toBe(201);
        written.push(made.body.id);
      }
    };
    const pulled = new Set<string>();
    /** @returns the next `_since` */
    const pull = async (ask: Ask, since: string): Promise<string> => {
      let instant = '';
      for (let next: string | undefined = `Patient/${id}/$everything?_type=Observation&_count=20&_since=${encodeURIComponent(since)}`; next !== undefined;) {
        const page: Reply = await ask(next, { token: operator });
        expect(page.status).toBe(200);
        for (const { id: found } of entries(page)) pulled.add(found);
        instant ||= page.body.meta.lastUpdated;
        next = nextOf(page);
      }
      return instant;
    };

    let writing = true;
    let pulls = 0;
    const writers = Promise.all([first, second, first, second].map(write)).finally(() => { writing = false; });
    let since = '2000-01-01T00:00:00Z';
    while (writing) since = await pull(fleet.ask[pulls++ % 2]!, since);
    await writers;
    await pull(second, since);
    expect(written.length).toBeGreaterThanOrEqual(100);
    expect(written.filter((one) => !pulled.has(one))).toEqual([]);
  }, 120_000);
});
