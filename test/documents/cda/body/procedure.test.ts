/** Acts → Procedure, by french-interop 6.1 and 6.7. */
import { author, body, cd, code, coded, comment, entry, french, performer, relation, section, statement, type Body, type StatementOptions } from './body';

interface Act extends StatementOptions {
  readonly status?: string;
  readonly time?: string;
  readonly more?: string;
  readonly what?: string;
}
const act = ({ status = 'completed', time = '<effectiveTime value="20180114"/>', more = '', what = code('ccam|DDAF004|Dilatation'), ...options }: Act = {}): string =>
  statement('procedure', `<id root="1.2.250.1.999.11"/>${what}<statusCode code="${status}"/>${time}${more}`, { templates: french('62'), ...options });
const of = (options: Act = {}): Body => body(section(entry(act(options)), { code: '47519-4' }));

describe('an act', () => {
  it('becomes a Procedure with every element of the table', () => {
    const mapped = of({
      time: '<effectiveTime><low value="20180114"/><high value="20180115"/></effectiveTime>',
      more: `<approachSiteCode ${coded('snomed|229801003|voie artérielle')}/><targetSiteCode ${coded('snomed|41801008|artère coronaire')}/>${performer('PractitionerRole/surgeon')}${author('PractitionerRole/author')}${comment('Sans incident')}` +
        relation('RSON', `<act classCode="ACT" moodCode="EVN">${french('36')}${code('cim10|I21.1')}</act>`),
    });
    expect(mapped.faults).toEqual([]);
    expect(mapped.issues).toEqual([]);
    expect(mapped.one('Procedure')).toEqual({
      resourceType: 'Procedure',
      identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.11' }],
      status: 'completed',
      code: { coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-ccam', code: 'DDAF004', display: 'Dilatation' }] },
      subject: { reference: 'Patient/p' },
      performedPeriod: { start: '2018-01-14', end: '2018-01-15' },
      recorder: { reference: 'PractitionerRole/author' },
      performer: [{ actor: { reference: 'PractitionerRole/surgeon' } }],
      bodySite: [{ coding: [{ system: 'http://snomed.info/sct', code: '41801008', display: 'artère coronaire' }] }, { coding: [{ system: 'http://snomed.info/sct', code: '229801003', display: 'voie artérielle' }] }],
      note: [{ text: 'Sans incident' }],
      reasonCode: [{ coding: [{ system: 'https://smt.esante.gouv.fr/terminologie-cim-10', code: 'I21.1' }] }],
    });
  });

  it('names nobody who did it unless CDA names a performer', () => {
    expect(of({ more: author('PractitionerRole/author') }).one('Procedure')).not.toHaveProperty('performer');
  });

  it.each([
    [{ status: 'completed' }, 'completed'], [{ status: 'active' }, 'in-progress'], [{ status: 'new' }, 'preparation'], [{ status: 'held' }, 'on-hold'], [{ status: 'suspended' }, 'on-hold'],
    [{ status: 'aborted' }, 'stopped'], [{ status: 'cancelled' }, 'not-done'], [{ status: 'nullified' }, 'entered-in-error'], [{ status: 'other' }, 'unknown'],
    [{ negated: true }, 'not-done'], [{ negated: true, status: 'active' }, 'not-done'],
    [{ status: 'completed', time: '<effectiveTime value="20241201"/>' }, 'preparation'], [{ status: 'active', time: '<effectiveTime value="20241201"/>' }, 'preparation'],
    [{ status: 'completed', time: '<effectiveTime value="20240115"/>' }, 'completed'],
  ])('%j is %s', (options, expected) => {
    expect(of(options).one('Procedure').status).toBe(expected);
  });

  it.each(['INT', 'RQO', 'ARQ', 'PRP', 'PRMS', 'DEF'])('in the mood %s is not done: nothing, and named', (mood) => {
    const mapped = of({ mood });
    expect(mapped.types).toEqual([]);
    expect(mapped.issues.join()).toContain(`in the mood ${mood}`);
  });

  it('without a code is called by its text, and without that gives nothing', () => {
    expect(of({ what: '', more: '<text>Pose de plâtre</text>' }).one('Procedure').code).toEqual({ text: 'Pose de plâtre' });
    expect(of({ what: '', more: '<text>Pose de plâtre</text>' }).one('Procedure')).not.toHaveProperty('note');
    expect(of({ what: '<code nullFlavor="UNK"/>' }).types).toEqual([]);
  });

  it('"no known procedures" empties its section', () => {
    expect(of({ what: code('none|no-known-procedures') }).composition.section[0].emptyReason.coding[0].code).toBe('nilknown');
  });

  it('refers to the problem that it was done for', () => {
    const mapped = body(section(entry(statement('act', relation('SUBJ', statement('observation', `<id root="1.2.3" extension="p"/>${cd('cim10|I21.1')}`, { templates: french('37') })), { templates: french('39') }))) +
      section(entry(act({ more: relation('RSON', `<act classCode="ACT" moodCode="EVN">${french('36')}<id root="1.2.3" extension="p"/>${code('cim10|I21.1')}</act>`) }))));
    expect(mapped.at(mapped.one('Procedure').reasonReference[0])).toBe(mapped.one('Condition'));
  });

  it('has a priority that R4 has no place for: it is named', () => {
    expect(of({ more: '<priorityCode code="UR" codeSystem="2.16.840.1.113883.5.7"/>' }).issues.join()).toContain('the priority of an act');
  });
});
