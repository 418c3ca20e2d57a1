import { except, observation, ucum, type Table } from './table';

const measured = (id: string, more: object): object => observation(id, { valueQuantity: more });
const unit = (value: number, code: string, more: object = {}): object => ({ value, system: ucum, code, ...more });

const masses = 'mg54 g0054 ug5400 mg545 mg5 kg';
const q = (query: string, ids: string) => ['Observation', `value-quantity=${query}`, ids] as const;

export const quantities: Table = {
  title: 'quantity',
  resources: [
    measured('mg54', unit(5.4, 'mg', { unit: 'milligrammes' })), measured('g0054', unit(0.0054, 'g')), measured('ug5400', unit(5400, 'ug')), measured('mg545', unit(5.45, 'mg')), measured('mg5', unit(5, 'mg')), measured('kg', unit(1, 'kg')),
    measured('bare', { value: 5.4 }), measured('words', { value: 5.4, unit: 'mg' }), measured('other', { value: 5.4, system: 'http://other', code: 'mg' }), measured('snomed', { value: 3, system: 'http://snomed.info/sct', code: '385055001', unit: 'comprimé' }),
    measured('below', unit(10, 'mmol/L', { comparator: '<' })), measured('least', unit(10, 'mmol/L', { comparator: '>=' })),
    measured('most', unit(1, 'm', { comparator: '<=' })), measured('more', unit(1, 'm', { comparator: '>' })),
    measured('celsius', unit(37, 'Cel')), measured('kelvin', unit(310.15, 'K')), measured('fahrenheit', unit(98.6, '[degF]')), measured('arbitrary', unit(2, '[iU]/L')),
    observation('sampled', { valueSampledData: { origin: unit(0, 'mV'), period: 10, dimensions: 1, factor: 2, data: '1 2 E 3' } }),
    { resourceType: 'Condition', id: 'age', subject: { reference: 'Patient/x' }, onsetAge: { value: 52, system: ucum, code: 'a' } },
    { resourceType: 'Condition', id: 'range', subject: { reference: 'Patient/x' }, onsetRange: { low: unit(40, 'a'), high: unit(50, 'a') } },
    { resourceType: 'Invoice', id: 'euros', status: 'issued', totalGross: { value: 12.5, currency: 'EUR' } }, { resourceType: 'Invoice', id: 'dollars', status: 'issued', totalGross: { value: 12.5, currency: 'USD' } },
    { resourceType: 'Encounter', id: 'hours', status: 'finished', class: { code: 'AMB' }, length: unit(2, 'h') }, { resourceType: 'Encounter', id: 'minutes', status: 'finished', class: { code: 'AMB' }, length: unit(120, 'min') },
  ],
  rows: [
    // One value in each of its units.
    q(`5.4|${ucum}|mg`, 'mg54 g0054 ug5400'), q(`0.0054|${ucum}|g`, 'mg54 g0054 ug5400'), q(`5400|${ucum}|ug`, 'mg54 g0054 ug5400'), q(`5.40|${ucum}|mg`, 'mg54 g0054 ug5400'), q(`5.400|${ucum}|mg`, 'mg54 g0054 ug5400'), q(`5|${ucum}|mg`, 'mg54 g0054 ug5400 mg545 mg5'), q(`5.4e-3|${ucum}|g`, 'mg54 g0054 ug5400'),
    q(`5.45|${ucum}|mg`, 'mg545'), q(`gt5.4|${ucum}|mg`, 'mg545 kg'), q(`lt5.4|${ucum}|mg`, 'mg5'), q(`ge5.4|${ucum}|mg`, 'mg54 g0054 ug5400 mg545 kg'), q(`le5.4|${ucum}|mg`, 'mg54 g0054 ug5400 mg5'), q(`sa5.4|${ucum}|mg`, 'mg545 kg'), q(`eb5.4|${ucum}|mg`, 'mg5'),
    q(`ne5.4|${ucum}|mg`, 'mg545 mg5 kg'), q(`ap5.4|${ucum}|mg`, except(masses, 'kg')), q(`ap1|${ucum}|kg`, 'kg'), q(`gt999999|${ucum}|mg`, 'kg'), q(`gt1000000|${ucum}|mg`, ''), q(`5.4|${ucum}|L`, ''),
    // Without a system: the code, or the words of the unit. Without a unit: the number as written.
    q('5.4||mg', 'mg54 g0054 ug5400 words'), q('5.4||milligrammes', 'mg54'), q('5.4|http://other|mg', 'other'), q('5.4', 'mg54 bare words other'), q('3||comprimé', 'snomed'), q('3|http://snomed.info/sct|385055001', 'snomed'), q('3||385055001', 'snomed'), q('2||[iU]/L', 'arbitrary'), q(`2|${ucum}|[iU]/L`, 'arbitrary'), q('ne5.4||mg', 'mg545 mg5 kg'),
    // What a comparator says is an interval.
    q(`lt10|${ucum}|mmol/L`, 'below'), q(`ge10|${ucum}|mmol/L`, 'least'), q(`eb10|${ucum}|mmol/L`, 'below'), q(`sa9.9|${ucum}|mmol/L`, 'least'), q(`gt5|${ucum}|mmol/L`, 'below least'), q(`10|${ucum}|mmol/L`, ''), q(`le10|${ucum}|mmol/L`, 'below'), q(`gt10|${ucum}|mmol/L`, 'least'),
    // Both ends of a Range, and "1 or less", hold their number; "more than 1" does not.
    ['Condition', `onset-age=eb50|${ucum}|a`, ''], ['Condition', 'onset-age=eb50', ''], ['Condition', `onset-age=sa40|${ucum}|a`, 'age'], ['Condition', `onset-age=sa39|${ucum}|a`, 'age range'],
    ...([['m', '1', '2'], ['cm', '100', '200']] as const).flatMap(([code, one, two]) => [
      q(`eb${one}|${ucum}|${code}`, ''), q(`eb${two}|${ucum}|${code}`, 'most'), q(`sa${one}|${ucum}|${code}`, 'more'), q(`le${one}|${ucum}|${code}`, 'most'), q(`ge${one}|${ucum}|${code}`, 'more'), q(`lt${one}|${ucum}|${code}`, 'most'), q(`gt${one}|${ucum}|${code}`, 'more'), q(`ap${two}|${ucum}|${code}`, 'more'),
    ]),
    // Temperatures have another zero.
    q(`37|${ucum}|Cel`, 'celsius kelvin fahrenheit'), q(`310.15|${ucum}|K`, 'celsius kelvin fahrenheit'), q(`98.6|${ucum}|[degF]`, 'celsius kelvin fahrenheit'), q(`gt37.1|${ucum}|Cel`, ''), q(`lt99|${ucum}|[degF]`, 'celsius kelvin fahrenheit'), q('37||Cel', 'celsius kelvin fahrenheit'),
    // From the least sample to the greatest.
    q(`gt5|${ucum}|mV`, 'sampled'), q(`gt6|${ucum}|mV`, ''), q(`lt3|${ucum}|mV`, 'sampled'), q(`sa1|${ucum}|mV`, 'sampled'), q(`eb7|${ucum}|mV`, 'sampled'), q(`4|${ucum}|mV`, ''), q(`ap4|${ucum}|mV`, 'sampled'), q(`gt0.005|${ucum}|V`, 'sampled'),
    q(`5.4|${ucum}|mg,37|${ucum}|Cel`, 'mg54 g0054 ug5400 celsius kelvin fahrenheit'), q(`gt5|${ucum}|mg&value-quantity=lt5.45|${ucum}|mg`, 'mg54 g0054 ug5400'),
    ['Condition', `onset-age=52|${ucum}|a`, 'age'], ['Condition', 'onset-age=gt50', 'age'], ['Condition', `onset-age=lt45|${ucum}|a`, 'range'], ['Condition', `onset-age=ge50|${ucum}|a`, 'age'], ['Condition', `onset-age=eb51|${ucum}|a`, 'range'],
    ['Invoice', 'totalgross=12.5', 'euros dollars'], ['Invoice', 'totalgross=12.5|urn:iso:std:iso:4217|EUR', 'euros'], ['Invoice', 'totalgross=12.5||USD', 'dollars'], ['Invoice', 'totalgross=gt12||EUR', 'euros'],
    ['Encounter', `length=2|${ucum}|h`, 'hours minutes'], ['Encounter', `length=7200|${ucum}|s`, 'hours minutes'], ['Encounter', 'length=120||min', 'hours minutes'], ['Encounter', 'length=2', 'hours'],
    ['Encounter', 'length:missing=true', ''], ['Encounter', 'length:missing=false', 'hours minutes'],
  ],
  refused: [
    ['Observation', 'value-quantity=5|mg', /number\|system\|code/], ['Observation', 'value-quantity=5||', /unit/], ['Observation', 'value-quantity=|http://unitsofmeasure.org|mg', /number/], ['Observation', 'value-quantity=a||mg', /number/], ['Observation', 'value-quantity=1|2|3|4', /number/],
    ['Observation', 'value-quantity:exact=1', /:missing/],
  ],
};
