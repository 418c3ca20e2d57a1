import { coding, loinc, observation, type Table } from './table';

const sct = 'http://snomed.info/sct';
const o = (query: string, ids: string) => ['Observation', query, ids] as const;
const p = (query: string, ids: string) => ['Patient', query, ids] as const;

export const tokens: Table = {
  title: 'token',
  resources: [
    observation('loinc', { code: coding(loinc, '718-7', 'Hémoglobine') }), observation('sct', { code: coding(sct, '718-7') }), observation('bare', { code: coding(undefined, '718-7') }), observation('system', { code: coding(loinc, undefined) }), observation('words', { code: { text: 'Taux d’hémoglobine' } }),
    observation('two', { code: { coding: [{ system: loinc, code: '718-7' }, { system: sct, code: '38082009', display: 'Hemoglobin' }], text: 'Hb' } }), observation('odd', { code: coding('http://a|b', 'c,d$e\\f') }),
    observation('none', { code: undefined, category: [coding('c', 'lab'), coding('c', 'vital')] }),
    { resourceType: 'Patient', id: 'a', active: true, gender: 'male', identifier: [{ system: 'urn:x', value: '1', type: { coding: [{ system: 't', code: 'MR' }, { system: 't', code: 'PI' }], text: 'Dossier local' } }], telecom: [{ system: 'phone', value: '0601' }, { system: 'email', value: 'Anne@X.fr' }], deceasedBoolean: false, communication: [{ language: coding('urn:ietf:bcp:47', 'fr') }] },
    { resourceType: 'Patient', id: 'b', active: false, gender: 'female', identifier: [{ system: 'urn:y', value: '1' }, { value: '2' }], telecom: [{ system: 'phone', value: '0602' }], deceasedDateTime: '2020' },
    { resourceType: 'Patient', id: 'c', identifier: [{ system: 'urn:x' }, { system: 'urn:x', value: '1,2' }], deceasedBoolean: true, meta: { tag: [{ system: 'g', code: 'x' }], security: [{ system: 's', code: 'R' }] } },
    { resourceType: 'DocumentReference', id: 'xml', status: 'current', language: 'fr-FR', content: [{ attachment: { contentType: 'text/xml; charset=UTF-8', language: 'fr' } }] },
    { resourceType: 'DocumentReference', id: 'plain', status: 'superseded', content: [{ attachment: { contentType: 'text/xml' } }, { attachment: { contentType: 'application/pdf', language: 'fr-CA' } }] },
    { resourceType: 'DocumentReference', id: 'xmlx', status: 'current', content: [{ attachment: { contentType: 'text/xml-external', language: 'fro' } }] },
  ],
  rows: [
    o('code=718-7', 'loinc sct bare two'), o(`code=${loinc}|718-7`, 'loinc two'), o('code=|718-7', 'bare'), o(`code=${loinc}|`, 'loinc system two'), o(`code=${sct}|`, 'sct two'), o(`code=${loinc}|718`, ''), o('code=718', ''), o('code=http://a\\|b|c\\,d\\$e\\\\f', 'odd'), o('code=c\\,d\\$e\\\\f', 'odd'),
    o(`code=${loinc}|718-7,${sct}|38082009`, 'loinc two'), o(`code=${loinc}|718-7&code=${sct}|38082009`, 'two'), o('code=718-7,718-7', 'loinc sct bare two'), o(`code=${loinc}|718-7&code=|718-7`, ''),
    // What is not found, absent values included.
    o(`code:not=${loinc}|718-7`, 'sct bare system words odd none'), o('code:not=718-7', 'system words odd none'), o(`code:not=718-7,${loinc}|`, 'words odd none'), o('category:not=c|lab', 'loinc sct bare system words two odd'), o('category:not=zz', 'loinc sct bare system words two odd none'), o('code:missing=true', 'none'), o('code:missing=false', 'loinc sct bare system words two odd'), o('category:missing=false&category:not=c|vital', ''),
    // Words of the concept or of its code.
    o('code:text=hemo', 'loinc two'), o('code:text=HÉMOGLOBINE', 'loinc'), o('code:text=taux d hemo', 'words'), o('code:text=globine', ''), o('code:text=hb', 'two'), p('identifier:text=dossier', 'a'),
    p('gender=male', 'a'), p('gender=Male', ''), p('gender=http://hl7.org/fhir/administrative-gender|male', 'a'), p('gender=http://hl7.org/fhir/administrative-gender|', 'a b'), p('gender=|male', 'a'), p('gender=urn:z|male', ''), p('gender:not=male', 'b c'), p('gender:missing=true', 'c'), p('active=true', 'a'), p('active=false', 'b'), p('active:not=true', 'b c'), p('active:missing=true', 'c'),
    p('deceased=true', 'b c'), p('deceased=false', 'a'),
    p('identifier=1', 'a b'), p('identifier=urn:x|1', 'a'), p('identifier=|2', 'b'), p('identifier=|1', ''), p('identifier=urn:x|', 'a c'), p('identifier=urn:x|1\\,2', 'c'), p('identifier=urn:x|1,2', 'a b'), p('identifier:not=urn:x|1', 'b c'), p('identifier:of-type=t|MR|1', 'a'), p('identifier:of-type=t|PI|1', 'a'), p('identifier:of-type=t|MR|2', ''), p('identifier:of-type=u|MR|1', ''),
    p('telecom=0601', 'a'), p('phone=0601', 'a'), p('email=anne@x.fr', 'a'), p('email=Anne@X.fr', 'a'), p('email=ANNE@X.FR', 'a'), p('telecom=ANNE@X.FR', 'a'), p('email:not=ANNE@x.fr', 'b c'), p('telecom=email|Anne@x.fr', 'a'), p('email=anne', ''), p('phone=anne@x.fr', ''), p('telecom=0601,0602', 'a b'), p('telecom:missing=true', 'c'), p('language=urn:ietf:bcp:47|fr', 'a'), p('language:below=urn:ietf:bcp:47|fr', 'a'), p('_tag=g|x', 'c'), p('_tag:not=g|x', 'a b'), p('_security=s|R', 'c'), p('_security:missing=true', 'a b'), p('_tag=|x', ''),
    // Types of media and languages are hierarchies by their form.
    ['DocumentReference', 'contenttype=text/xml', 'plain'], ['DocumentReference', 'contenttype:below=text/xml', 'xml plain'], ['DocumentReference', 'contenttype:below=text', 'xml plain xmlx'], ['DocumentReference', 'contenttype:below=application', 'plain'], ['DocumentReference', 'contenttype:above=text/xml; charset=UTF-8', 'xml plain'], ['DocumentReference', 'contenttype:below=application/pdf', 'plain'], ['DocumentReference', 'contenttype:below=text/x', ''],
    ['DocumentReference', 'status=current', 'xml xmlx'], ['DocumentReference', 'status:not=current', 'plain'],
    p('_id=a,c', 'a c'), p('_id=a&_id=c', ''), p('_id:not=a', 'b c'), p('_id:missing=false', 'a b c'), p('_id:missing=true', ''), p('_lastUpdated:missing=false', 'a b c'), p('_lastUpdated=gt2000', 'a b c'), p('_lastUpdated=lt2000', ''), p('_lastUpdated:missing=true', ''),
  ],
  refused: [
    ['Observation', 'code=a|b|c', /system\|code/], ['Observation', 'code=|', /empty/], ['Observation', 'code=', /value/], ['Observation', 'code:exact=x', /:missing, :not, :text, :in, :not-in, :above, :below/], ['Observation', 'code:of-type=a|b|c', /it takes/], ['Patient', 'identifier:in=ValueSet/x', /:missing, :not, :text, :of-type/], ['Patient', 'identifier:of-type=t|MR', /system\|code\|value/], ['Patient', '_id:exact=a', /:missing, :not/], ['Observation', 'code:below=718-7', /system\|code/], ['Observation', 'code:constructor=x', /it takes/], ['Patient', 'active:in=x', /it takes/],
  ],
};
