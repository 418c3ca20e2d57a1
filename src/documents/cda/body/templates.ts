/**
 * What an entry, or a part of one, is: told by its templates, the French ones first, then their IHE and HL7 parents
 * (french-interop 6.1). Never by its section or its code.
 */
import type { XmlElement } from '../../../fhir/xml/tree.js';
import { attribute, child, children } from '../datatypes/elements.js';

export type Kind =
  | 'concern' | 'problem' | 'allergy' | 'treatment' | 'vaccination' | 'procedure' | 'family' | 'family problem'
  | 'observation' | 'social history' | 'pregnancy' | 'assessment' | 'vital sign' | 'vital signs' | 'assessments' | 'results'
  | 'laboratory' | 'battery' | 'isolate' | 'laboratory result' | 'specimen' | 'specimen received' | 'attached document' | 'image'
  | 'severity' | 'status' | 'patient status' | 'certainty' | 'criticality' | 'comment' | 'patient instruction' | 'dispenser instruction'
  | 'reference' | 'rank' | 'antigen' | 'age' | 'unmapped';

const fr = (n: string): string => `1.2.250.1.213.1.1.3.${n}`;
const pcc = (n: string): string => `1.3.6.1.4.1.19376.1.5.3.1.4.${n}`;
const lab = (n: string): string => `1.3.6.1.4.1.19376.1.3.1${n}`;
const ccd = (n: string): string => `2.16.840.1.113883.10.20.1.${n}`;

interface Row {
  readonly kind: Kind;
  /** The CDA elements that may bear it. */
  readonly of: readonly string[];
  readonly french: readonly string[];
  readonly parents: readonly string[];
}
const row = (kind: Kind, of: string, french: readonly string[], parents: readonly string[] = []): Row => ({ kind, of: of.split(' '), french: french.map(fr), parents });

/** The particular before the general: an element with the templates of several rows is what the first of them says. */
const rows: readonly Row[] = [
  row('severity', 'observation', ['29'], [pcc('1'), ccd('55')]),
  row('status', 'observation', ['30'], [pcc('1.1'), ccd('50'), ccd('57'), ccd('39')]),
  row('patient status', 'observation', ['31'], [pcc('1.2'), ccd('51')]),
  row('certainty', 'observation', ['171']),
  row('criticality', 'observation', ['172']),
  row('comment', 'act', ['32'], [pcc('2'), ccd('40')]),
  row('patient instruction', 'act', ['33'], [pcc('3'), ccd('49')]),
  row('dispenser instruction', 'act', ['34', '207'], [pcc('3.1'), ccd('43')]),
  row('reference', 'act', ['36'], [pcc('4.1')]),
  row('rank', 'observation', ['82'], [ccd('46')]),
  row('antigen', 'substanceAdministration', ['46'], [pcc('12.1')]),
  row('age', 'observation', [], [ccd('38')]),
  row('attached document', 'organizer', ['18']),
  row('image', 'observationMedia', ['103']),
  // Not mapped, though they bear the parent of one that is.
  row('unmapped', 'observation act organizer substanceAdministration supply encounter procedure', [
    '20', '27', '44', '47', '48.18', '54', '58', '83', '83.1', '86', '87', '90', '204', '210', '211', '212', '213',
  ], [pcc('12.2'), pcc('13.7'), ccd('17'), '1.3.6.1.4.1.19376.1.9.1.3.2', '1.3.6.1.4.1.19376.1.9.1.3.4']),
  row('allergy', 'observation', ['41'], [pcc('6'), ccd('18')]),
  row('problem', 'observation', ['37'], [pcc('5'), ccd('28')]),
  row('concern', 'act', ['39', '40'], [pcc('5.1'), pcc('5.2'), pcc('5.3'), ccd('27')]),
  row('vaccination', 'substanceAdministration', ['45'], [pcc('12')]),
  row('treatment', 'substanceAdministration', ['42', '42.1', '42.3', '42.4'], [pcc('7'), pcc('7.1'), pcc('8'), pcc('9'), pcc('10'), pcc('11'), ccd('24')]),
  row('procedure', 'procedure', ['62'], [pcc('19'), ccd('29')]),
  row('family', 'organizer', ['59'], [pcc('15'), ccd('23')]),
  row('family problem', 'observation', ['51'], [pcc('13.3'), ccd('22'), ccd('42')]),
  row('laboratory', 'act', ['21'], [lab('')]),
  row('battery', 'organizer', ['78'], [lab('.4')]),
  row('isolate', 'organizer', ['79'], [lab('.5')]),
  row('laboratory result', 'observation', ['80'], [lab('.6')]),
  row('specimen', 'procedure', ['77'], [lab('.2')]),
  row('specimen received', 'act', ['107'], [lab('.3')]),
  row('vital signs', 'organizer', ['49'], [pcc('13.1'), ccd('35')]),
  row('vital sign', 'observation', ['50'], [pcc('13.2')]),
  row('results', 'organizer', ['208'], [ccd('32')]),
  row('assessments', 'organizer', ['95']),
  row('assessment', 'observation', ['25']),
  row('social history', 'observation', ['52'], [pcc('13.4'), ccd('33')]),
  row('pregnancy', 'observation', ['53'], [pcc('13.5')]),
  row('observation', 'observation', ['209', '48'], [pcc('13'), ccd('31')]),
];

interface Place {
  readonly kind: Kind;
  readonly rank: number;
  readonly of: readonly string[];
}
const places = new Map<string, Place>();
for (const [at, { kind, of, french, parents }] of rows.entries()) {
  for (const root of french) places.set(root, { kind, rank: at, of });
  for (const root of parents) places.set(root, { kind, rank: at + rows.length, of });
}
/** Named variants of the simple observation: `.48.6`, `.48.16.1` … */
const variant = `${fr('48')}.`;

/** The kind of a clinical statement; undefined for one with no template that is known. @param entry its `entry`, which may bear the templates (laboratory) */
export function kindOf(statement: XmlElement, entry?: XmlElement): Kind | undefined {
  let best: Place | undefined;
  for (const element of entry === undefined ? [statement] : [entry, statement]) {
    for (const template of children(element, 'templateId')) {
      const root = attribute(template, 'root') ?? '';
      const place = places.get(root) ?? (root.startsWith(variant) ? places.get(fr('48')) : undefined);
      if (place !== undefined && place.of.includes(statement.name) && (best === undefined || place.rank < best.rank)) best = place;
    }
  }
  return best?.kind;
}

/** The template that names a statement best: its French one, else its longest. */
export function templateOf(statement: XmlElement | undefined, entry?: XmlElement): string {
  const roots = [entry, statement].flatMap((element) => children(element, 'templateId')).map((template) => attribute(template, 'root') ?? '');
  roots.sort((one, other) => other.length - one.length);
  return roots.find((root) => root.startsWith('1.2.250.1.213.1.1.3.')) ?? roots[0] ?? 'without template';
}

const relatives = new Set([
  '1.2.250.1.213.1.1.2.138', '1.2.250.1.213.1.1.2.139', '1.3.6.1.4.1.19376.1.5.3.1.3.14', '1.3.6.1.4.1.19376.1.5.3.1.3.15', '2.16.840.1.113883.10.20.1.4',
]);
const current = new Set([
  '1.2.250.1.213.1.1.2.143', '1.2.250.1.213.1.1.2.146', '1.3.6.1.4.1.19376.1.5.3.1.3.19', '1.3.6.1.4.1.19376.1.5.3.1.3.22', '2.16.840.1.113883.10.20.1.8',
]);

const borne = (section: XmlElement, of: ReadonlySet<string>): boolean => children(section, 'templateId').some((template) => of.has(attribute(template, 'root') ?? ''));
const loinc = (section: XmlElement): string | undefined => attribute(child(section, 'code'), 'code');

/** Whether a section speaks of the relatives of the patient (10157-6). */
export const isAboutRelatives = (section: XmlElement): boolean => loinc(section) === '10157-6' || borne(section, relatives);

/** Whether a section lists treatments that are under way (.143, .146; 10160-0, 10183-2). */
export const isCurrentTreatment = (section: XmlElement): boolean => loinc(section) === '10160-0' || loinc(section) === '10183-2' || borne(section, current);

const problems: readonly (readonly [kind: 'active' | 'past', loinc: string, templates: ReadonlySet<string>])[] = [
  ['active', '11450-4', new Set(['1.2.250.1.213.1.1.2.132', '1.3.6.1.4.1.19376.1.5.3.1.3.6', '2.16.840.1.113883.10.20.1.11'])],
  ['past', '11348-0', new Set(['1.2.250.1.213.1.1.2.134', '1.3.6.1.4.1.19376.1.5.3.1.3.8'])],
];
/** Whether a section lists problems that are there (11450-4), or past ones (11348-0). */
export const problemsIn = (section: XmlElement): 'active' | 'past' | undefined => problems.find(([, code, templates]) => loinc(section) === code || borne(section, templates))?.[0];

const chapters = new Set(['1.2.250.1.213.1.1.2.70', '1.3.6.1.4.1.19376.1.3.3.2.1']);
/** Whether a section is a chapter of a biology report (.70). */
export const isChapter = (section: XmlElement): boolean => borne(section, chapters);
