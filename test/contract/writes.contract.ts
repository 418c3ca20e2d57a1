/** Writing: versions, time, expectations, claims, guards, and that a set is whole or absent. */
import { createHash } from 'node:crypto';
import type { Claim, Guard, Store } from '../../src/store/port';
import { bind } from '../../src/access/grant';
import { always, bytesOf, commit, consent, contentOf, ins, keyOf, moment, noEntries, operator, owned, put, remove, software, written, type Subject } from './support';

export function writesContract(subject: () => Subject): void {
  const store = (): Store => subject().store;
  const read = (type: string, id: string) => store().read(operator, keyOf(type, id));

  describe('Versions', () => {
    test('count 1, 2, 3 across deletion and revival, with time that only grows', async () => {
      const steps = [put('Basic', 'a'), put('Basic', 'a'), remove('Basic', 'a'), put('Basic', 'a')];
      const seen = [];
      for (const step of steps) seen.push(...(await written(store(), step)));
      expect(seen.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
      const times = seen.map(({ lastUpdated }) => lastUpdated);
      expect(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0))).toBe(true);
    });

    test('many writers at once give a resource as many versions, each later than the one before', async () => {
      await Promise.all(Array.from({ length: 25 }, () => written(store(), put('Basic', 'a'))));
      const page = await store().history(operator, keyOf('Basic', 'a'), { count: 100 });
      expect(page?.versions.map(({ version }) => version)).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index));
      const times = page?.versions.map(({ lastUpdated }) => lastUpdated) ?? [];
      expect(new Set(times).size).toBe(25);
      expect(times).toEqual([...times].sort((one, other) => other - one));
    });

    test('the text bears version and time and is otherwise as sent', async () => {
      const [version] = await written(store(), put('Basic', 'a', { rest: ',"n":1.00,"s":"é\\u0000\\n 😀"' }));
      const expected = `{"resourceType":"Basic","id":"a","meta":{"versionId":"1","lastUpdated":"${new Date(version?.lastUpdated ?? 0).toISOString()}"},"n":1.00,"s":"é\\u0000\\n 😀"}`;
      expect(version?.text).toBe(expected);
      expect((await read('Basic', 'a'))?.text).toBe(expected);
    });

    test('whoever lets go of a set as soon as the store says it is taken has it written whole', async () => {
      const writes = [put('Basic', 'a', { rest: ',"n":1' }), put('Basic', 'b', { rest: ',"n":2' })];
      const outcome = await store().commit({ writes, guards: [], taken: () => void writes.splice(0) });
      expect(outcome).toMatchObject({ kind: 'committed', versions: [{ type: 'Basic', id: 'a', version: 1 }, { type: 'Basic', id: 'b', version: 1 }] });
      expect((await read('Basic', 'a'))?.text).toContain('"n":1');
      expect((await read('Basic', 'b'))?.text).toContain('"n":2');
    });

    test.each([20_000, 1_300_000])('a text of %d characters comes back as sent', async (length) => {
      const value = '😀é'.repeat(length / 3);
      const [version] = await written(store(), put('Basic', 'a', { rest: `,"value":"${value}"` }));
      const found = await read('Basic', 'a');
      expect(found?.text === version?.text).toBe(true);
      expect(JSON.parse(found?.text ?? '')).toMatchObject({ id: 'a', value, meta: { versionId: '1' } });
      await written(store(), put('Basic', 'a'));
      expect(JSON.parse((await store().vread(operator, keyOf('Basic', 'a'), 1))?.text ?? '')).toMatchObject({ value });
    });

    test('the same id under two types is two resources', async () => {
      await written(store(), put('Basic', 'a', { rest: ',"n":1' }), put('Group', 'a', { rest: ',"n":2' }));
      expect(JSON.parse((await read('Group', 'a'))?.text ?? '')).toMatchObject({ resourceType: 'Group', n: 2 });
      expect((await read('Basic', 'a'))?.text).toContain('"n":1');
    });

    test('a resource that is only referred to is not there', async () => {
      const entries = { ...noEntries, reference: [{ param: 'Observation.subject', form: 'local' as const, type: 'Patient', id: 'later' }] };
      await written(store(), put('Observation', 'a', { entries, access: owned('owner-to-be') }));
      expect(await read('Patient', 'later')).toBeUndefined();
      expect(await read('Patient', 'owner-to-be')).toBeUndefined();
      const [version] = await written(store(), put('Patient', 'later', { expect: 'absent' }));
      expect(version?.version).toBe(1);
    });
  });

  describe('Expectations', () => {
    test.each([
      ['absent, never there', [], { expect: 'absent' }, true],
      ['absent, deleted', [put('Basic', 'a'), remove('Basic', 'a')], { expect: 'absent' }, true],
      ['absent, but there', [put('Basic', 'a')], { expect: 'absent' }, false],
      ['the current version', [put('Basic', 'a'), put('Basic', 'a')], { expect: { version: 2 } }, true],
      ['the version of a tombstone', [put('Basic', 'a'), remove('Basic', 'a')], { expect: { version: 2 } }, true],
      ['an older version', [put('Basic', 'a'), put('Basic', 'a')], { expect: { version: 1 } }, false],
      ['a version of what was never there', [], { expect: { version: 1 } }, false],
    ] as const)('%s', async (_, before, expectation, taken) => {
      for (const step of before) await written(store(), step);
      expect((await commit(store(), put('Basic', 'a', expectation))).kind).toBe(taken ? 'committed' : 'conflict');
    });

    test('a conflict says what is there', async () => {
      await written(store(), put('Basic', 'a'));
      await written(store(), remove('Basic', 'a'));
      const refused = (write: ReturnType<typeof put>) => commit(store(), write);
      expect(await refused(put('Basic', 'a', { expect: { version: 1 } }))).toEqual(
        { kind: 'conflict', conflict: { kind: 'version', key: { type: 'Basic', id: 'a' }, current: 2, deleted: true } });
      expect(await refused(put('Basic', 'b', { expect: { version: 1 } }))).toEqual(
        { kind: 'conflict', conflict: { kind: 'version', key: { type: 'Basic', id: 'b' }, deleted: false } });
    });

    test('only what is there can be deleted', async () => {
      expect((await commit(store(), remove('Basic', 'a'))).kind).toBe('conflict');
      await written(store(), put('Basic', 'a'));
      await written(store(), remove('Basic', 'a'));
      expect((await commit(store(), remove('Basic', 'a'))).kind).toBe('conflict');
    });

    test('of many who saw the same version one writes', async () => {
      await written(store(), put('Basic', 'a'));
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => commit(store(), put('Basic', 'a', { expect: { version: 1 } }))));
      expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(1);
      expect((await read('Basic', 'a'))?.version).toBe(2);
    });
  });

  describe('A set', () => {
    test('that conflicts leaves nothing behind, not even its claims', async () => {
      await written(store(), put('Basic', 'a'));
      const outcome = await commit(store(), put('Patient', 'p', { claims: [ins('1')] }), put('Basic', 'a', { expect: 'absent' }));
      expect(outcome.kind).toBe('conflict');
      expect(await read('Patient', 'p')).toBeUndefined();
      expect(await store().claimed(operator, [ins('1')])).toEqual([undefined]);
      expect((await read('Basic', 'a'))?.version).toBe(1);
    });

    test('answers in the order of its writes and bears one time', async () => {
      await written(store(), put('Basic', 'gone'));
      const versions = await written(store(), put('Basic', 'b'), remove('Basic', 'gone'), put('Basic', 'a'));
      expect(versions.map(({ id, version, text }) => [id, version, text === ''])).toEqual([['b', 1, false], ['gone', 2, true], ['a', 1, false]]);
      expect(new Set(versions.map(({ lastUpdated }) => lastUpdated)).size).toBe(1);
    });

    test('of a thousand resources is one step', async () => {
      const writes = Array.from({ length: 1000 }, (_, index) => put('Basic', `r${index}`, { access: owned('p') }));
      expect(await written(store(), ...writes)).toHaveLength(1000);
      const again = await commit(store(), ...writes.map((write, index) => ({ ...write, expect: index === 999 ? 'absent' as const : 'any' as const })));
      expect(again.kind).toBe('conflict');
      expect((await read('Basic', 'r0'))?.version).toBe(1);
    });

    test('cannot write one resource twice', async () => {
      await expect(commit(store(), put('Basic', 'a'), put('Basic', 'a'))).rejects.toThrow();
      expect(await read('Basic', 'a')).toBeUndefined();
    });

    test('goes on after another has failed beside it', async () => {
      const outcomes = await Promise.allSettled([commit(store(), put('Basic', 'a'), put('Basic', 'a')), commit(store(), put('Basic', 'b')), commit(store(), put('Basic', 'b', { expect: { version: 9 } }))]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
      expect((await read('Basic', 'b'))?.version).toBe(1);
    });
  });

  describe('Claims', () => {
    const holder = async (claim: Claim) => (await store().claimed(operator, [claim]))[0];

    test('of a hundred who claim the same at once one wins, and is named to the others', async () => {
      const outcomes = await Promise.all(Array.from({ length: 100 }, (_, index) => commit(store(), put('Patient', `p${index}`, { claims: [ins('1')] }))));
      const winners = outcomes.flatMap((outcome) => (outcome.kind === 'committed' ? outcome.versions : []));
      expect(winners).toHaveLength(1);
      const conflicts = outcomes.flatMap((outcome) => (outcome.kind === 'conflict' ? [outcome.conflict] : []));
      expect(conflicts).toHaveLength(99);
      expect(conflicts.every((conflict) => conflict.kind === 'claim' && conflict.holder.id === winners[0]?.id)).toBe(true);
    });

    test('are the whole set of what is held from then on', async () => {
      await written(store(), put('Patient', 'p', { claims: [ins('1'), ins('2')] }));
      await written(store(), put('Patient', 'p', { claims: [ins('2'), ins('3')] }));
      expect(await store().claimed(operator, [ins('1'), ins('2'), ins('3')])).toEqual(
        [undefined, { type: 'Patient', id: 'p', deleted: false }, { type: 'Patient', id: 'p', deleted: false }]);
    });

    test('move from one resource to another within a set', async () => {
      await written(store(), put('Patient', 'p', { claims: [ins('1')] }));
      await written(store(), put('Patient', 'q', { claims: [ins('1')] }), put('Patient', 'p'));
      expect(await holder(ins('1'))).toMatchObject({ id: 'q' });
    });

    test('are freed by a deletion, unless the tombstone keeps them', async () => {
      await written(store(), put('Patient', 'p', { claims: [ins('1')] }));
      const kept: Claim = { kind: 'document', system: 's', value: '1' };
      await written(store(), put('DocumentReference', 'd', { claims: [kept] }));
      await written(store(), remove('Patient', 'p'), remove('DocumentReference', 'd', { claims: [kept] }));
      expect(await store().claimed(operator, [ins('1'), kept])).toEqual([undefined, { type: 'DocumentReference', id: 'd', deleted: true }]);
      expect(await commit(store(), put('DocumentReference', 'e', { claims: [kept] }))).toMatchObject({ kind: 'conflict', conflict: { kind: 'claim', holder: { id: 'd' } } });
    });

    test('that a tombstone kept are its own when it lives again, and free once it is erased', async () => {
      const kept = { claims: [ins('1'), ins('2')] };
      await written(store(), put('Patient', 'p', kept));
      await written(store(), remove('Patient', 'p', kept));
      expect(await commit(store(), put('Patient', 'q', { claims: [ins('2')] }))).toMatchObject({ kind: 'conflict', conflict: { kind: 'claim', claim: ins('2'), holder: { type: 'Patient', id: 'p' } } });
      expect(await commit(store(), put('Patient', 'p', { ...kept, expect: { version: 1 } }))).toMatchObject({ conflict: { kind: 'version', current: 2, deleted: true } });
      await written(store(), put('Patient', 'p', { ...kept, expect: { version: 2 } }));
      expect(await store().claimed(operator, kept.claims)).toEqual(kept.claims.map(() => ({ type: 'Patient', id: 'p', deleted: false })));
      await written(store(), remove('Patient', 'p', kept));
      for await (const progress of store().erase(operator, keyOf('Patient', 'p'))) expect(progress.total).toBe(1);
      expect(await store().claimed(operator, kept.claims)).toEqual([undefined, undefined]);
      await written(store(), put('Patient', 'q', kept));
    });

    test('differ by kind, system and value', async () => {
      await written(store(), put('Patient', 'p', { claims: [ins('1')] }));
      const others = [ins('2'), { ...ins('1'), system: 'x' }, { ...ins('1'), kind: 'document' as const }];
      await written(store(), ...others.map((claim, index) => put('Patient', `q${index}`, { claims: [claim] })));
      expect(await holder(ins('1'))).toMatchObject({ id: 'p' });
    });

    test('are told as the last step left them, however often they were asked for before', async () => {
      const claims = [ins('1'), ins('2'), { kind: 'practitioner', system: 's', value: '1' } as const];
      const [one, two, three] = claims as [Claim, Claim, Claim];
      const by = (id: string, deleted = false) => ({ type: 'Patient', id, deleted });
      const told = async (...expected: readonly unknown[]) => {
        for (let times = 0; times < 2; times++) expect(await store().claimed(operator, claims)).toEqual(expected);
      };
      await told(undefined, undefined, undefined);
      await written(store(), put('Patient', 'p', { claims: [one, three] }));
      await told(by('p'), undefined, by('p'));
      await written(store(), put('Patient', 'p', { claims: [one] }), put('Patient', 'q', { claims: [three] }));
      await told(by('p'), undefined, by('q'));
      expect((await commit(store(), put('Patient', 'p', { claims: [two] }), put('Patient', 'q', { claims: [three], expect: 'absent' }))).kind).toBe('conflict');
      expect((await commit(store(), put('Patient', 'q', { claims: [] }), put('Patient', 'r', { claims: [three, one] }))).kind).toBe('conflict');
      await told(by('p'), undefined, by('q'));
      await written(store(), remove('Patient', 'p', { claims: [one] }));
      await told(by('p', true), undefined, by('q'));
      await written(store(), put('Patient', 'p', { claims: [one, two] }));
      await told(by('p'), by('p'), by('q'));
      await written(store(), remove('Patient', 'p', { claims: [two] }), remove('Patient', 'q'));
      await told(undefined, by('p', true), undefined);
      for await (const progress of store().erase(operator, keyOf('Patient', 'p'))) expect(progress.total).toBe(1);
      await told(undefined, undefined, undefined);
    });

    test('are never told as they were before a step that can be seen', async () => {
      await written(store(), put('Basic', 'x'), put('Patient', 'p0', { claims: [] }), put('Patient', 'p1', { claims: [ins('1')] }));
      let moving = true;
      const moves = (async () => {
        for (let version = 2; version <= 60; version++) {
          await written(store(), put('Basic', 'x'), put('Patient', `p${(version + 1) % 2}`), put('Patient', `p${version % 2}`, { claims: [ins('1')] }));
        }
        moving = false;
      })();
      const late: string[] = [];
      while (moving) {
        const before = (await read('Basic', 'x'))?.version ?? 0;
        const told = await holder(ins('1'));
        const after = (await read('Basic', 'x'))?.version ?? 0;
        if (after === before && told?.id !== `p${before % 2}`) late.push(`${told?.id ?? ''} after ${before}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await moves;
      expect(late).toEqual([]);
    });

    test('cannot be asked for by a caller who does not reach everything', async () => {
      await expect(store().claimed(software('s'), [ins('1')])).rejects.toThrow(TypeError);
    });
  });

  describe('Guards', () => {
    const guarded = (guard: Guard) => store().commit({ writes: [put('Basic', 'guarded')], guards: [guard] });
    const close = (from: number, until: number) => consent('c', 'p', { effect: 'close', from, until });

    test('record-open: a closed record refuses, within its period only', async () => {
      const guard: Guard = { kind: 'record-open', patient: 'p', moment };
      expect((await guarded(guard)).kind).toBe('committed');
      await written(store(), close(moment, moment + 1));
      expect(await guarded(guard)).toEqual({ kind: 'conflict', conflict: { kind: 'record-closed', patient: 'p' } });
      expect((await guarded({ ...guard, moment: moment + 1 })).kind).toBe('committed');
      await written(store(), remove('Consent', 'c'));
      expect((await guarded(guard)).kind).toBe('committed');
    });

    test('unreferenced', async () => {
      const refers = (param: string, more: object = {}) => ({ entries: { ...noEntries, reference: [{ param, form: 'local' as const, type: 'Patient', id: 'p', ...more }] } });
      const known = keyOf('Observation', 'known');
      const many = Array.from({ length: 6_000 }, (_, index) => ({ param: 'Group.member', form: 'local' as const, type: 'Patient', id: index === 5_999 ? 'p' : `m${index}` }));
      await written(store(), put('Patient', 'p'), put('Patient', 'q'), put('Observation', 'known', refers('Observation.subject')), put('Observation', 'gone', refers('Observation.subject')));
      await written(store(), remove('Observation', 'gone'));
      const guard = (...but: ReturnType<typeof keyOf>[]) => ({ kind: 'unreferenced' as const, key: keyOf('Patient', 'p'), but });
      const outcome = async (one: Guard): Promise<string> => (await store().commit({ writes: [put('Basic', 'x')], guards: [one] })).kind;
      expect([await outcome(guard()), await outcome(guard(known)), await outcome({ ...guard(), key: keyOf('Patient', 'q') })]).toEqual(['conflict', 'committed', 'committed']);
      await written(store(), put('Group', 'g', { entries: { ...noEntries, reference: many } }));
      expect([await outcome(guard(known)), await outcome(guard(known, keyOf('Group', 'g')))]).toEqual(['conflict', 'committed']);
    });

    test('claim-free', async () => {
      const guard: Guard = { kind: 'claim-free', claim: ins('1') };
      expect((await guarded(guard)).kind).toBe('committed');
      await written(store(), put('Patient', 'p', { claims: [ins('1')] }));
      expect(await guarded(guard)).toEqual({ kind: 'conflict', conflict: { kind: 'guard', guard } });
    });

    test('a set may take the claim, or write the resource, that its guard is about', async () => {
      await written(store(), put('Basic', 'seen'));
      const guards: Guard[] = [{ kind: 'claim-free', claim: ins('1') }, { kind: 'version', key: keyOf('Basic', 'seen'), version: 1 }];
      const set = { writes: [put('Patient', 'p', { claims: [ins('1')] }), put('Basic', 'seen')], guards };
      expect((await store().commit(set)).kind).toBe('committed');
      expect((await store().commit(set)).kind).toBe('conflict');
      expect((await read('Basic', 'seen'))?.version).toBe(2);
    });

    test('version', async () => {
      await written(store(), put('Basic', 'seen'));
      const guard: Guard = { kind: 'version', key: keyOf('Basic', 'seen'), version: 1 };
      expect((await guarded(guard)).kind).toBe('committed');
      await written(store(), put('Basic', 'seen'));
      expect(await guarded(guard)).toEqual({ kind: 'conflict', conflict: { kind: 'guard', guard } });
    });

    test('matches: judged in the step, so that of many conditional creates one is made', async () => {
      const entries = { ...noEntries, token: [{ param: 'Basic.identifier', system: 's', code: 'one', mark: 3 as const }] };
      const plan = bind(operator, {
        types: ['Basic'], where: { kind: 'token', param: 'Basic.identifier', system: 's', code: 'one' }, sort: [], includes: [], page: { count: 2 }, total: 'none',
      });
      const guard: Guard = { kind: 'matches', plan, ids: [] };
      const create = (id: string) => store().commit({ writes: [put('Basic', id, { entries })], guards: [guard] });
      const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => create(`b${index}`)));
      expect(outcomes.filter(({ kind }) => kind === 'committed')).toHaveLength(1);
      expect(outcomes.find(({ kind }) => kind === 'conflict')).toEqual({ kind: 'conflict', conflict: { kind: 'guard', guard } });
    });
  });

  describe('A write of access', () => {
    test('lets a structure see what it did not write, without a new version', async () => {
      await written(store(), put('Patient', 'p', { access: { ...owned('p'), structures: ['one'] } }));
      expect(await store().read(software('two'), keyOf('Patient', 'p'))).toBeUndefined();
      const outcome = await store().commit({ writes: [{ kind: 'access', type: 'Patient', id: 'p', structures: ['two', 'three'] }, put('Basic', 'a')], guards: [] });
      expect(outcome).toMatchObject({ kind: 'committed', versions: [{ id: 'a' }] });
      for (const structure of ['one', 'two', 'three']) expect(await store().read(software(structure), keyOf('Patient', 'p'))).toMatchObject({ version: 1 });
    });

    test('is refused on what is not there', async () => {
      expect((await store().commit({ writes: [{ kind: 'access', type: 'Patient', id: 'p', structures: ['one'] }], guards: [] })).kind).toBe('conflict');
    });

    test('an update adds its structure to those known', async () => {
      await written(store(), put('Patient', 'p', { access: { ...owned('p'), structures: ['one'] } }));
      await written(store(), put('Patient', 'p', { access: { ...owned('p'), structures: ['two'] } }));
      for (const structure of ['one', 'two']) expect(await store().read(software(structure), keyOf('Patient', 'p'))).toMatchObject({ version: 2 });
    });
  });

  describe('Content', () => {
    const pieces = [Buffer.alloc(200_000, 'a'), Buffer.alloc(1, 'b'), Buffer.alloc(400_000, 'c'), Buffer.from('z')];
    const whole = Buffer.concat(pieces);

    test('is kept with its size and hashes, and read whole or in part', async () => {
      const ref = await store().stage(bytesOf(...pieces), 'application/pdf');
      // sha1sum and sha256sum of the same bytes
      expect(ref).toMatchObject({ size: 600_002, contentType: 'application/pdf', sha1: hash('sha1', whole), sha256: hash('sha256', whole) });
      await written(store(), put('Binary', 'b', { content: ref }));
      const found = await read('Binary', 'b');
      expect(found?.content).toEqual(ref);
      if (found === undefined) return;
      expect((await contentOf(store(), found)).equals(whole)).toBe(true);
      for (const [lo, hi] of [[0, 1], [199_999, 200_002], [262_143, 262_145], [600_000, 600_002], [0, 600_002]] as const) {
        expect((await contentOf(store(), found, { lo, hi })).equals(whole.subarray(lo, hi))).toBe(true);
      }
    });

    test.each([0, 1, 262_144, 524_288])('of %d bytes comes back', async (length) => {
      const bytes = Buffer.alloc(length, 'é<tag attribute="value">');
      const content = await store().stage(bytesOf(bytes), 'text/plain');
      await written(store(), put('Binary', 'b', { content }));
      const found = await read('Binary', 'b');
      expect(found?.content?.size).toBe(length);
      expect(found && (await contentOf(store(), found)).equals(bytes)).toBe(true);
    });

    test('stays with the versions that name it', async () => {
      const content = await store().stage(bytesOf('one'), 'text/plain');
      await written(store(), put('Binary', 'b', { content }));
      await written(store(), put('Binary', 'b', { content: await store().stage(bytesOf('two'), 'text/plain') }));
      await written(store(), remove('Binary', 'b'));
      const texts = [];
      for (const version of [1, 2]) {
        const found = await store().vread(operator, keyOf('Binary', 'b'), version);
        if (found !== undefined) texts.push((await contentOf(store(), found)).toString());
      }
      expect(texts).toEqual(['one', 'two']);
    });

    test('that was never staged cannot be named', async () => {
      const content = { content: '999999', size: 1, sha1: '', sha256: '', contentType: 'text/plain' };
      await expect(commit(store(), put('Binary', 'b', { content }))).rejects.toThrow();
      expect(await read('Binary', 'b')).toBeUndefined();
    });

    test.each([0, 1, 65_000, 262_144])('of %d bytes is written by the step that names it, where the store takes so much', async (length) => {
      const bytes = Buffer.concat([Buffer.from('<'), Buffer.alloc(length, 'é<tag attribute="value">')]).subarray(1);
      const content = { bytes, size: length, sha1: hash('sha1', bytes), sha256: hash('sha256', bytes), contentType: 'text/plain' };
      const brought = put('Binary', 'b', { content, claims: [ins('1')] });
      if (length > store().capabilities.ownContent || store().capabilities.ownContent === 0) {
        await expect(commit(store(), brought)).rejects.toThrow();
        expect(await read('Binary', 'b')).toBeUndefined();
        return;
      }
      await written(store(), put('Basic', 'x', { claims: [ins('1')] }));
      expect((await commit(store(), put('Basic', 'a'), brought)).kind).toBe('conflict');
      await written(store(), put('Basic', 'x'));
      await written(store(), put('Basic', 'a'), brought, put('Binary', 'c', { content }));
      for (const id of ['b', 'c']) {
        const found = await read('Binary', id);
        expect(found?.content).toMatchObject({ size: length, sha1: content.sha1, sha256: content.sha256, contentType: 'text/plain' });
        expect(found && (await contentOf(store(), found)).equals(bytes)).toBe(true);
      }
      await written(store(), remove('Binary', 'b'));
      const before = await store().vread(operator, keyOf('Binary', 'b'), 1);
      expect(before && (await contentOf(store(), before)).equals(bytes)).toBe(true);
      for await (const progress of store().erase(operator, keyOf('Binary', 'b'))) expect(progress.total).toBe(1);
      const other = await read('Binary', 'c');
      expect(other && (await contentOf(store(), other)).equals(bytes)).toBe(true);
    });

    test('longer than a step takes along is refused', async () => {
      const bytes = Buffer.alloc(store().capabilities.ownContent + 1);
      const content = { bytes, size: bytes.length, sha1: hash('sha1', bytes), sha256: hash('sha256', bytes), contentType: 'text/plain' };
      await expect(commit(store(), put('Binary', 'b', { content }))).rejects.toThrow();
      expect(await read('Binary', 'b')).toBeUndefined();
    });

    test('whose sender breaks off leaves nothing that could be read', async () => {
      async function* broken(): AsyncIterable<Uint8Array> {
        yield Buffer.alloc(300_000);
        throw new Error('connection lost');
      }
      await expect(store().stage(broken(), 'text/plain')).rejects.toThrow('connection lost');
      expect((await commit(store(), put('Basic', 'a'))).kind).toBe('committed');
    });
  });

  test('Periods may be open on both sides', async () => {
    await written(store(), consent('c', 'p', { effect: 'close', ...always }));
    expect(await store().isClosed(operator, 'p')).toBe(true);
  });
}

function hash(algorithm: string, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
