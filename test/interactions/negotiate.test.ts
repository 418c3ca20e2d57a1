import { Failure } from '../../src/fhir/failure';
import { asksForFhir, bestRepresentation, bodyFormat, representationOf } from '../../src/interactions/negotiate';

const json = 'application/fhir+json; charset=utf-8';
const xml = 'application/fhir+xml; charset=utf-8';
const asked = (accept: string | undefined, query = '') => ({ headers: { accept }, query });
function failureOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error.failure;
  }
  return 'none';
}

describe('the type that an Accept header chooses (RFC 9110 12.5.1)', () => {
  it.each<[string | undefined, string]>([
    [undefined, json], ['', json], ['*/*', json], ['*', json], ['application/*', json],
    ['application/fhir+xml', xml], ['Application/FHIR+XML', xml], ['application/fhir+json', json],
    // A generic type is answered by that very type (https://hl7.org/fhir/R4/http.html#mime-type).
    ['application/json', 'application/json; charset=utf-8'], ['text/json', 'text/json; charset=utf-8'], ['application/xml', 'application/xml; charset=utf-8'], ['text/xml', 'text/xml; charset=utf-8'],
    ['text/*', 'text/json; charset=utf-8'], ['application/xml+fhir', 'application/xml+fhir; charset=utf-8'],
    // Weights.
    ['application/fhir+json;q=0.5, application/fhir+xml;q=0.9', xml], ['application/fhir+json;q=0.9,application/fhir+xml;q=0.5', json],
    ['application/fhir+json; q=0.001, application/fhir+xml; q=0', json], ['application/fhir+json;q=0, */*', xml], ['application/fhir+xml;Q=1.0', xml],
    // Equal weights: what is named rather than covered, then what is named first.
    ['application/fhir+xml, application/fhir+json', xml], ['application/fhir+json, application/fhir+xml', json], ['*/*, application/fhir+xml', xml],
    ['application/*, application/fhir+xml;q=0.1', json], ['text/html, application/fhir+xml', xml],
    // The most exact range rules.
    ['*/*;q=1, application/fhir+json;q=0.1, application/*;q=0.2', 'text/json; charset=utf-8'],
    // What browsers and old clients send.
    ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', 'application/xml; charset=utf-8'],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', json],
    // Parameters.
    ['application/fhir+json; fhirVersion=4.0', 'application/fhir+json; fhirVersion=4.0; charset=utf-8'], ['application/fhir+xml;fhirVersion="4.0"', 'application/fhir+xml; fhirVersion=4.0; charset=utf-8'],
    ['application/fhir+json; fhirVersion=3.0, application/fhir+xml; fhirVersion=4.0; q=0.2', 'application/fhir+xml; fhirVersion=4.0; charset=utf-8'],
    ['application/fhir+xml; charset=UTF-8', xml], ['application/fhir+json; charset="utf-8"; q=0.3', json], ['application/fhir+xml; profile="a,b;c"', xml],
    [' , application/fhir+xml ,', xml],
  ])('%s: %s', (accept, contentType) => expect(representationOf(asked(accept), true).contentType).toBe(contentType));

  it.each(['text/html', 'application/fhir+turtle', 'image/*', 'application/fhir+json;q=0', '*/*;q=0', 'application/fhir+json; fhirVersion=3.0', 'application/fhir+json;charset=utf-16', 'json', 'application/pdf, text/plain'])('%s: none', (accept) => {
    expect(failureOf(() => representationOf(asked(accept), true))).toBe('not-acceptable');
    expect(bestRepresentation(asked(accept)).contentType).toBe(json);
  });
});

describe('_format', () => {
  it.each([
    ['json', json], ['xml', xml], ['JSON', json], ['application/json', json], ['text/json', json], ['application/fhir+json', json], ['application/fhir%2Bxml', xml], ['application/fhir+xml', xml],
    ['text/xml', xml], ['application/xml', xml], ['application/xml+fhir', xml], ['application/fhir%20json', json], ['application%2Ffhir%2Bxml%3B%20fhirVersion%3D4.0', 'application/fhir+xml; fhirVersion=4.0; charset=utf-8'],
  ])('%s is %s, whatever Accept says', (value, contentType) => {
    expect(representationOf(asked('application/fhir+xml;q=0.1, application/fhir+json;q=0.1', `name=x&_format=${value}`), true).contentType).toBe(contentType);
    expect(representationOf(asked('text/html', `_format=${value}`), true).contentType).toBe(contentType);
  });
  it.each(['html', 'ttl', 'text/turtle', 'pdf', 'application/fhir+json;fhirVersion=5.0', '*/*', 'constructor'])('%s is refused', (value) => expect(failureOf(() => representationOf(asked('*/*', `_format=${value}`), true))).toBe('not-acceptable'));
  it('without a value says nothing', () => expect(representationOf(asked('application/fhir+xml', '_format='), true).contentType).toBe(xml));
});

describe('_pretty', () => {
  it.each([['', false], ['_pretty=true', true], ['_pretty=false', false], ['_format=xml&_pretty=true', true]])('%s: %s', (query, pretty) => expect(representationOf(asked(undefined, query), true).pretty).toBe(pretty));
  it.each(['_pretty=', '_pretty=1', '_pretty=TRUE', '_pretty=constructor'])('%s is refused, or ignored', (query) => {
    expect(failureOf(() => representationOf(asked(undefined, query), true))).toBe('bad-parameter');
    expect(representationOf(asked(undefined, query), false).pretty).toBe(false);
  });
});

describe('the content type of a body', () => {
  it.each([
    ['application/fhir+json', 'json'], ['application/json; charset=UTF-8', 'json'], ['application/fhir+xml; charset=ISO-8859-1', 'xml'], ['text/xml', 'xml'],
    ['application/fhir+json; fhirVersion=4.0', 'json'], ['APPLICATION/FHIR+XML; fhirversion="4.0"', 'xml'],
  ])('%s: %s', (type, format) => expect(bodyFormat(type)).toBe(format));
  it.each([['text/plain', 'unsupported-type'], ['', 'unsupported-type'], ['application/fhir+json; fhirVersion=3.0', 'unsupported-type'], ['application/fhir+json; charset=utf-16', 'bad-charset']])('%s is refused: %s', (type, failure) => expect(failureOf(() => bodyFormat(type))).toBe(failure));
});

describe('a Binary is wanted as a resource', () => {
  it.each<[string | undefined, string, boolean]>([
    ['application/fhir+json', '', true], ['application/fhir+xml', '', true], ['application/xml', '', false], ['application/pdf, application/fhir+json;q=0.5', '', false],
    ['application/pdf;q=0.5, application/fhir+xml', '', true], ['*/*', '_format=json', true], ['*/*', '_format=text/xml', true], ['application/fhir+json', '_format=application/pdf', false], [undefined, '', false],
  ])('Accept %s, query %s: %s', (accept, query, wanted) => expect(asksForFhir(asked(accept, query))).toBe(wanted));
});
