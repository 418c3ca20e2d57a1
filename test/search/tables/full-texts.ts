import type { Table } from './table';

const told = (id: string, div: string, more: object = {}): object => ({ resourceType: 'Condition', id, subject: { reference: 'Patient/p' }, text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${div}</div>` }, ...more });
const t = (text: string, ids: string) => ['Condition', `_text=${encodeURIComponent(text)}`, ids] as const;
const c = (text: string, ids: string) => ['Condition', `_content=${encodeURIComponent(text)}`, ids] as const;
const times = (word: string, count: number): string => Array.from({ length: count }, () => word).join(' ');

/** https://hl7.org/fhir/R4/search.html#content; what a word is: docs/search.md. */
export const fullTexts: Table = {
  title: '_text, _content and _score',
  resources: [
    told('bone', '<p>Métastases osseuses : <b>bone</b> marrow &amp; rachis, patient op&#233;ré en 2019.</p>', { code: { text: 'cancer du sein' } }),
    told('liver', 'Metastases of the liver<br/>hépatique', { note: [{ text: "Douleur à l'épaule" }] }),
    told('both', 'bone, liver: aucune métastase <!-- fracture --> <a title="rotule">lien</a>', { contained: [{ resourceType: 'Patient', id: 'p', name: [{ family: 'Dupond' }] }] }),
    told('knee', 'Fractures du genou; opérée deux fois. Œdème. sur<b>lignage</b>', { code: { coding: [{ system: 'http://snomed.info/sct', code: '263245004', display: 'Fracture du tibia' }] } }),
    told('once', 'toux'), told('thrice', times('toux', 3)), told('nine', times('toux', 9)), told('nines', `${times('toux', 4)} ${times('fièvre', 9)}`),
    { resourceType: 'Condition', id: 'plain', subject: { display: 'en mots' }, note: [{ text: 'fracture du genou' }] },
    { resourceType: 'Patient', id: 'bone', text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">bone</div>' } },
  ],
  rows: [
    // The example of the standard.
    t('(bone OR liver) and metastases', 'bone liver both'),
    // All words; alternatives; what must not be there.
    t('bone', 'bone both'), t('bone liver', 'both'), t('liver bone', 'both'), t('bone AND liver', 'both'), t('bone OR liver', 'bone liver both'), t('bone,liver', 'both'), t('bone marrow OR hépatique', 'bone liver'), t('bone -liver', 'bone'), t('bone NOT liver', 'bone'), t('bone NOT (marrow OR liver)', ''), t('NOT (bone OR liver) fracture', 'knee'), t('"bone marrow"', 'bone'), t('"marrow bone" OR toux', 'bone once thrice nine nines'),
    // Capitals, accents, ligatures, plurals, feminines, endings of verbs.
    t('METASTASE', 'bone liver both'), t('métastases', 'bone liver both'), t('osseux', ''), t('osseuse', 'bone'), t('hepatiques', 'liver'), t('opérer', 'bone knee'), t('opéré', 'bone knee'), t('opérées', 'bone knee'), t('opérait', 'bone knee'), t('oedemes', 'knee'), t('fracturé', 'knee'), t('patiente', 'bone'), t('2019', 'bone'),
    // Words that say nothing are not asked for.
    t('le genou', 'knee'), t("fractures de l'genou", 'knee'), t('deux fois', 'knee'),
    // What begins so.
    t('frac*', 'knee'), t('fractures*', 'knee'), t('hepat* OR mar*', 'bone liver'), t('z*', ''),
    // Tags, comments and attributes are no text; a tag within a word does not end it; a blank is one between blocks.
    t('fracture', 'knee'), t('rotule', ''), t('surlignage', 'knee'), t('lignage', ''), t('liver hepatique', 'liver'), t('br', ''), t('xhtml', ''), t('amp', ''), t('cancer', ''), t('tibia', ''),
    // The whole content.
    c('cancer', 'bone'), c('tibia', 'knee'), c('263245004', 'knee'), c('epaule', 'liver'), c('genou fracture', 'knee plain'), c('dupond', 'both'), c('bone', 'bone both'), c('"en mots"', 'plain'), c('mots', 'plain'), c('snomed', ''),
    // Of each type its own, and beside other criteria.
    ['Patient', '_text=bone', 'bone'], ['Condition', '_text=bone&_content=cancer', 'bone'], ['Condition', '_text=bone&_id=both', 'both'], ['Condition', '_text=bone&_text=liver', 'both'],
  ],
  ordered: [
    // The more often a word occurs the better, whatever else there is; ties by id.
    ['Condition', '_text=toux&_sort=_score', 'nine nines thrice once'], ['Condition', '_text=toux&_sort=-_score', 'nine nines thrice once'], ['Condition', '_text=toux OR fievre&_sort=_score', 'nines nine thrice once'], ['Condition', '_text=bone OR liver&_sort=_score', 'both bone liver'], ['Condition', '_text=tou*&_sort=_score,-_id', 'nine thrice nines once'], ['Condition', '_text=toux -fievre&_sort=_score', 'nine thrice once'],
  ],
  refused: [
    ['Condition', '_text=', /value/], ['Condition', '_text=le de la', /no word/], ['Condition', '_text=(bone', /not closed/], ['Condition', '_text=bone)', /not opened/], ['Condition', '_text=bone OR', /word is expected/], ['Condition', '_text=OR bone', /word is expected/], ['Condition', '_text:exact=bone', /modifier/], ['Condition', '_sort=_score', /_text or _content/], ['Condition', `_text=${times('a1', 501)}`, /500/], ['Condition', `_text=${'('.repeat(501)}`, /500/],
  ],
};
