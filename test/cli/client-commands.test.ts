import { Command } from 'commander';
import { addPush } from '../../src/cli/client-commands';
import { refusalText } from '../../src/cli/client';

describe('passerelle push', () => {
  it.each([
    [['--label', 'MASQUE_PS', 'a.xml', 'b.xml'], ['MASQUE_PS']],
    [['a.xml', '--label', 'MASQUE_PS', '--label', 'R', 'b.xml'], ['MASQUE_PS', 'R']],
    [['a.xml', 'b.xml'], undefined],
  ])('takes %j as two documents, whatever labels stand among them', (written, labels) => {
    const program = new Command();
    addPush(program);
    const push = program.commands[0]!;
    expect(push.parseOptions(written).operands).toEqual(['a.xml', 'b.xml']);
    expect(push.opts().label).toEqual(labels);
  });
});

describe('what a server refused, in one line', () => {
  const failed = (cause: object) => Object.assign(new TypeError('fetch failed'), { cause });
  it.each([
    ['a missing token names where it is given', { response: { status: 401, data: { issue: [{ diagnostics: 'Send an access token.' }] } } }, '401 Send an access token. (--token, or the variable PASSERELLE_TOKEN)'],
    ['any other status adds nothing', { response: { status: 403, data: { issue: [{ diagnostics: 'Closed.' }] } } }, '403 Closed.'],
    ['nobody there names where the address is given', failed({ code: 'ECONNREFUSED' }), /no server answers there \(--url/],
    ['another failure of the network tells its cause', failed({ message: 'bad port' }), 'fetch failed: bad port'],
    ['what is no answer is told as it is', new Error('ENOENT: no such file'), 'ENOENT: no such file'],
  ])('%s', (_, error, told) => {
    expect(refusalText(error)).toEqual(told instanceof RegExp ? expect.stringMatching(told) : told);
  });
});
