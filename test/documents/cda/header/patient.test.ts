import { cda, ins, lina, recordTarget, type PersonOptions } from '../../../support/cda';
import { mapped, type Resource } from '../../../support/mapped';

const person = (options: PersonOptions, informants = ''): Resource => mapped(cda({ person: recordTarget(options), informants })).one('Patient');
const frCore = 'https://hl7.fr/ig/fhir/core/StructureDefinition/';

describe('the Patient of a document, in the shapes of FR Core', () => {
  it.each([
    ['1.2.250.1.213.1.4.8', 'INS-NIR'], ['1.2.250.1.213.1.4.9', 'INS-NIA'], ['1.2.250.1.213.1.4.10', 'INS-NIR-TEST'], ['1.2.250.1.213.1.4.11', 'INS-NIR-DEMO'],
  ])('writes an INS of %s as the official identifier of type %s', (oid, type) => {
    const [identifier] = person({ ids: ins(lina.value, oid) }).identifier;
    expect(identifier).toMatchObject({
      use: 'official', system: `urn:oid:${oid}`, value: lina.value,
      type: { coding: [{ system: 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203', code: type }] },
    });
  });

  it.each([
    ['an IPP', '1.2.250.1.999.35.1', 'usual', 'PI'], ['an INS-C', '1.2.250.1.213.1.4.2', 'secondary', 'INS-C'],
    ['an NSS, never official beside the INS', '1.2.250.1.213.1.4.13', 'secondary', 'NH'], ['the number of the pharmacy record', '1.2.250.1.176.1.2', 'secondary', 'NDP'],
  ])('writes %s', (_, root, use, type) => {
    const { identifier } = person({ ids: `${ins(lina.value)}<id root="${root}" extension="123"/>` });
    expect(identifier[1]).toMatchObject({ use, system: `urn:oid:${root}`, value: '123', type: { coding: [{ code: type }] } });
    expect(identifier.filter((one: Resource) => one.use === 'official')).toHaveLength(1);
  });

  it('writes the birth name with the first given name, the whole list beside it, and the name in use', () => {
    const { name } = person({
      name: '<family qualifier="BR">TESTARD</family><given>LINA ROSE</given><given qualifier="BR">LINA</given><family qualifier="CL">MOREL</family><given qualifier="CL">ROSE</given>',
    });
    expect(name).toEqual([
      { extension: [{ url: `${frCore}fr-core-patient-birth-list-given-name`, valueString: 'LINA ROSE' }], use: 'official', family: 'TESTARD', given: ['LINA'] },
      { use: 'usual', family: 'MOREL', given: ['ROSE'] },
    ]);
  });

  it.each([
    ['a part that is both', '<family qualifier="BR CL">TESTARD</family><given qualifier="BR CL">LINA</given>', [{ use: 'official', family: 'TESTARD', given: ['LINA'] }, { use: 'usual', family: 'TESTARD', given: ['LINA'] }]],
    ['the legacy SP beside BR', '<family qualifier="BR">TESTARD</family><family qualifier="SP">MOREL</family><given qualifier="BR">LINA</given>', [{ use: 'official', family: 'TESTARD', given: ['LINA'] }, { use: 'usual', family: 'MOREL' }]],
    ['a qualifier of another kind', '<family qualifier="SP">TESTARD</family><given qualifier="IN">L.</given>', [{ use: 'usual', family: 'TESTARD', given: ['L.'] }]],
  ])('loses no part of a name to its qualifier: %s', (_, name, expected) => {
    expect(person({ name }).name).toEqual(expected);
  });

  it('writes no official name without a birth name, and says so', () => {
    const { one, result } = mapped(cda({ person: recordTarget({ name: '<family qualifier="SP">TESTARD</family><given>LINA</given>' }) }));
    expect(one('Patient').name).toEqual([{ use: 'usual', family: 'TESTARD', given: ['LINA'] }]);
    expect(result.issues.find(({ diagnostics }) => diagnostics.includes('birth name'))?.severity).toBe('warning');
  });

  it.each([['M', 'male', false], ['F', 'female', false], ['UN', 'unknown', false], ['Z', 'unknown', true], ['constructor', 'unknown', true]])('maps the gender %s to %s, and names a code that is none (%s)', (code, gender, named) => {
    const { one, result } = mapped(cda({ person: recordTarget({ gender: `<administrativeGenderCode code="${code}" codeSystem="2.16.840.1.113883.5.1"/>` }) }));
    expect(one('Patient').gender).toBe(gender);
    expect(result.issues.some(({ diagnostics }) => diagnostics.includes('administrativeGenderCode'))).toBe(named);
  });

  it('keeps the time of birth beside the date', () => {
    const { birthDate, _birthDate } = person({ birthTime: '<birthTime value="197903281430+0100"/>' });
    expect(birthDate).toBe('1979-03-28');
    expect(_birthDate).toEqual({ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: '1979-03-28T14:30:00+01:00' }] });
  });

  it('drops a date of birth that cannot be read, and names it', () => {
    const { one, result } = mapped(cda({ person: recordTarget({ birthTime: '<birthTime value="19790231"/>' }) }));
    expect(one('Patient').birthDate).toBeUndefined();
    expect(result.issues.map(({ diagnostics }) => diagnostics).join()).toContain('birthTime');
  });

  it('writes the place of birth with its INSEE code', () => {
    expect(person({ birthplace: '<birthplace><place><addr><county>2A004</county><city>AJACCIO</city></addr></place></birthplace>' }).extension).toEqual([{
      url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
      valueAddress: {
        extension: [{ url: `${frCore}fr-core-address-insee-code`, valueCoding: { system: 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM', code: '2A004' } }],
        city: 'AJACCIO',
      },
    }]);
  });

  it('says nothing about the reliability of the identity: the document does not', () => {
    expect(JSON.stringify(person({}))).not.toContain('identity-reliability');
  });

  it('writes addresses in parts or in lines, and telecoms with their use', () => {
    const { address, telecom } = person({
      contact: '<addr use="H"><houseNumber>4</houseNumber><streetNameType>Rue</streetNameType><streetName>des Lilas</streetName><unitID>Bât. B</unitID><postalCode>75011</postalCode><city>PARIS</city><country>FRANCE</country></addr>'
        + '<addr><streetAddressLine>4 rue des Lilas</streetAddressLine><streetAddressLine>75011 PARIS</streetAddressLine></addr><addr nullFlavor="UNK"/>'
        + '<telecom value="tel:0611111111" use="MC"/><telecom value="mailto:lina@example.org"/><telecom value="0122222222"/><telecom nullFlavor="UNK"/><telecom value="lina@example.org"/>'
        + '<addr>4 rue des Lilas<city>PARIS</city></addr>',
    });
    expect(address).toEqual([
      { use: 'home', line: ['4 Rue des Lilas', 'Bât. B'], city: 'PARIS', postalCode: '75011', country: 'FRANCE' },
      { line: ['4 rue des Lilas', '75011 PARIS'] }, { line: ['4 rue des Lilas'], city: 'PARIS' },
    ]);
    expect(telecom).toEqual([
      { system: 'phone', value: '0611111111', use: 'mobile' }, { system: 'email', value: 'lina@example.org' }, { system: 'phone', value: '0122222222' }, { system: 'email', value: 'lina@example.org' },
    ]);
  });

  it.each([
    ['<sdtc:deceasedInd value="true"/>', { deceasedBoolean: true }], ['<sdtc:deceasedTime value="20230105"/>', { deceasedDateTime: '2023-01-05' }],
    ['<sdtc:multipleBirthInd value="true"/>', { multipleBirthBoolean: true }], ['<sdtc:multipleBirthInd value="true"/><sdtc:multipleBirthOrderNumber value="2"/>', { multipleBirthInteger: 2 }],
  ])('maps %s', (more, expected) => {
    expect(person({ more })).toMatchObject(expected);
  });

  it('writes the representative, the emergency contact and the trusted person, each with role and relation', () => {
    const informant = (classCode: string): string =>
      `<informant><relatedEntity classCode="${classCode}"><code code="SIS" codeSystem="2.16.840.1.113883.5.111" displayName="Soeur"/><telecom value="tel:0633333333"/><relatedPerson><name><family>TESTARD</family><given>Anne</given></name></relatedPerson></relatedEntity></informant>`;
    const { contact } = person(
      { more: '<guardian><code code="MTH" codeSystem="2.16.840.1.113883.5.111" displayName="Mère"/><guardianPerson><name><family>TESTARD</family><given>Eve</given></name></guardianPerson></guardian><guardian><guardianOrganization><id root="1.2.250.1.71.4.2.2" extension="1750000099"/><name>UDAF</name></guardianOrganization></guardian>' },
      informant('ECON') + informant('NOK') + informant('CON'),
    );
    const codes = contact.map((one: Resource) => one.relationship.map((relationship: Resource) => [relationship.extension[0].valueCode, relationship.coding[0].code]));
    expect(codes).toEqual([
      [['role', 'GUARD'], ['relationType', 'MTH']], [['role', 'GUARD']], [['role', 'ECON'], ['relationType', 'SIS']], [['role', 'NOK'], ['relationType', 'SIS']],
    ]);
    expect(contact[1].organization).toEqual({ identifier: { system: 'urn:oid:1.2.250.1.71.4.2.2', value: '1750000099' }, display: 'UDAF' });
    expect(contact[2]).toMatchObject({ name: { family: 'TESTARD', given: ['Anne'] }, telecom: [{ system: 'phone', value: '0633333333' }] });
  });

  it.each([
    ['given names without qualifier under each name', '<family qualifier="BR">A</family><family qualifier="CL">B</family><given>C</given><given>D</given>', { use: 'official', family: 'A', given: ['C', 'D'] }],
    ['the first given name before the others', '<family qualifier="BR">A</family><given>C D</given><given qualifier="BR">D</given>', { use: 'official', family: 'A', given: ['D', 'C'] }],
    ['a given name with a qualifier under a family name without', '<family>A</family><given qualifier="CL">C</given>', { family: 'A', given: ['C'] }],
  ])('writes the name of a relative with %s', (_, name, expected) => {
    expect(person({ more: `<guardian><guardianPerson><name>${name}</name></guardianPerson></guardian>` }).contact[0].name).toEqual(expected);
  });
});
