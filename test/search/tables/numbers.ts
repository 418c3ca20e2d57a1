import { except, type Table } from './table';

const risk = (id: string, probability: string): string => `{"resourceType":"RiskAssessment","id":"${id}","status":"final","prediction":[{${probability}}]}`;
const exactly = (id: string, value: string): string => risk(id, `"probabilityDecimal":${value}`);

const all = 'n100 n995 n10049 n1005 n95 n1049 n105 n01 n110 neg range open';
const q = (query: string, ids: string) => ['RiskAssessment', `probability=${query}`, ids] as const;

export const numbers: Table = {
  title: 'number',
  resources: [
    exactly('n100', '100.0000'), exactly('n995', '99.5'), exactly('n10049', '100.49'), exactly('n1005', '100.5'), exactly('n95', '95'), exactly('n1049', '104.9'), exactly('n105', '105'), exactly('n01', '0.1'), exactly('n110', '1.1e2'), exactly('neg', '-5'),
    risk('range', '"probabilityRange":{"low":{"value":90},"high":{"value":110}}'), risk('open', '"probabilityRange":{"low":{"value":200}}'),
    risk('none', '"qualitativeRisk":{"text":"low"}'),
  ],
  rows: [
    // The digits of the question say how precise it is.
    q('100', 'n100 n995 n10049'), q('100.0', 'n100'), q('100.00', 'n100'), q('1e2', 'n100 n995 n10049 n1005 n95 n1049'), q('1.0e2', 'n100 n995 n10049 n1005 n95 n1049'), q('1.00e2', 'n100 n995 n10049'), q('100.5', 'n10049 n1005'), q('100.50', 'n1005'), q('0.1', 'n01'), q('0.10', 'n01'), q('1e-1', 'n01'), q('%2B100', 'n100 n995 n10049'),
    q('-5', 'neg'), q('-5.0', 'neg'), q('-4.5', ''), q('110', 'n110'), q('eq100', 'n100 n995 n10049'), q('ne100', except(all, 'n100', 'n995', 'n10049')), q('ne100.0', except(all, 'n100')),
    // Before and after are measured from the very number.
    q('gt100', 'n10049 n1005 n1049 n105 n110 range open'), q('lt100', 'n995 n95 n01 neg range'), q('ge100', 'n100 n10049 n1005 n1049 n105 n110 range open'), q('le100', 'n100 n995 n95 n01 neg range'), q('gt100.49', 'n1005 n1049 n105 n110 range open'), q('lt99.5', 'n95 n01 neg range'), q('ge99.5', 'n100 n995 n10049 n1005 n1049 n105 n110 range open'),
    q('sa100', 'n10049 n1005 n1049 n105 n110 open'), q('eb100', 'n995 n95 n01 neg'), q('sa89', 'n100 n995 n10049 n1005 n95 n1049 n105 n110 range open'), q('eb111', except(all, 'open')), q('gt110', 'open'), q('lt90', 'n01 neg'), q('ge200', 'open'), q('lt-5', ''), q('le-5', 'neg'), q('gt-5', except(all, 'neg')),
    // A tenth of the number.
    q('ap100', 'n100 n995 n10049 n1005 n95 n1049 n105 n110 range'), q('ap105', 'n100 n995 n10049 n1005 n95 n1049 n105 n110 range'), q('ap121', 'n110 range'), q('ap-5', 'neg'), q('ap0.11', 'n01'),
    q('0.1,-5', 'n01 neg'), q('gt99&probability=lt101', 'n100 n995 n10049 n1005 range'),
    ['RiskAssessment', 'probability:missing=true', 'none'], ['RiskAssessment', 'probability:missing=false', all],
  ],
  refused: [
    ['RiskAssessment', 'probability=ten', /number/], ['RiskAssessment', 'probability=1,5x', /number/], ['RiskAssessment', 'probability=', /value/], ['RiskAssessment', 'probability=0x10', /number/], ['RiskAssessment', 'probability=NaN', /number/],
    ['RiskAssessment', 'probability:exact=1', /:missing/], ['RiskAssessment', 'probability:missing=yes', /true or false/], ['RiskAssessment', 'probability=lt', /number/],
  ],
};
