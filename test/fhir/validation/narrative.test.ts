import { narrativeFault } from '../../../src/fhir/validation/narrative';

const div = (inner: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`;

describe('narrative (txt-1, txt-2)', () => {
  it.each([
    ['text', 'Bonjour'],
    ['formatting', '<h2>Titre</h2><p class="a" style="color: red"><b>gras</b> <i>penché</i><br/></p><hr/>'],
    ['tables', '<table border="1"><caption>c</caption><thead><tr><th colspan="2">a</th></tr></thead><tbody><tr><td>b</td><td>&#160;</td></tr></tbody></table>'],
    ['lists', '<ul><li>a</li></ul><ol start="2"><li>b</li></ol><dl><dt>t</dt><dd>d</dd></dl>'],
    ['links', '<a name="x"/><a href="https://a.org/b?c=1&amp;d=2#e">a</a><a href="mailto:a@b.org">b</a><a href="#x">c</a><a href="Patient/1">d</a>'],
    ['only an image', '<img src="data:image/png;base64,AAAA" alt=""/>'],
    ['an image inside', '<img src="#logo" width="10"/>'],
    ['languages', '<p xml:lang="fr" lang="fr">é</p>'],
    ['comments', '<!-- a --><p>a</p>'],
    ['entities of XML', '&lt;script&gt; &amp; &quot;x&quot; &apos;'],
  ])('takes %s', (_name, inner) => expect(narrativeFault(div(inner))).toBeUndefined());

  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['a script in another case', '<SCRIPT>alert(1)</SCRIPT>'],
    ['an event', '<p onclick="alert(1)">a</p>'],
    ['an event in another case', '<p ONCLICK="alert(1)">a</p>'],
    ['a form', '<form action="http://a.org"><p>a</p></form>'],
    ['an input', '<input value="a"/>'],
    ['a frame', '<iframe src="http://a.org">a</iframe>'],
    ['an object', '<object data="a.swf">a</object>'],
    ['a style sheet', '<style>p { color: red }</style>'],
    ['a link element', '<link rel="stylesheet" href="a.css"/>a'],
    ['a base', '<base href="http://a.org"/>a'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>a'],
    ['a javascript link', '<a href="javascript:alert(1)">a</a>'],
    ['a javascript link with a hidden scheme', '<a href=" java&#9;script&#58;alert(1)">a</a>'],
    ['a link to data', '<a href="data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;">a</a>'],
    ['an image that is a page', '<img src="data:text/html,a"/>'],
    ['a style that fetches', '<p style="background: url(http://a.org/pixel)">a</p>'],
    ['a style with escapes', '<p style="background: \\75rl(http://a.org/pixel)">a</p>'],
    ['xlink', '<p xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="http://a.org">a</p>'],
    ['a CDATA section, which a browser reads as markup', '<p><![CDATA[<script>alert(1)</script>]]></p>'],
    ['a comment that ends earlier in a browser', '<p>a<!--><img src="x" alt=""/>--></p>'],
    ['a processing instruction', '<?xml-stylesheet href="a"?><p>a</p>'],
    ['nothing', ''],
    ['blanks only', '<p> </p>'],
    ['an image of nothing', '<img alt="a"/>'],
    ['an entity of HTML', 'a&nbsp;b'],
    ['markup that does not close', '<p>a'],
    ['markup that overlaps', '<b><i>a</b></i>'],
    ['an attribute without quotes', '<td nowrap>a</td>'],
  ])('refuses %s', (_name, inner) => expect(narrativeFault(div(inner))).toEqual(expect.stringMatching(/^must /)));

  it.each([
    ['no namespace', '<div>a</div>'],
    ['another root', '<p xmlns="http://www.w3.org/1999/xhtml">a</p>'],
    ['two roots', `${div('a')}${div('b')}`],
    ['a DOCTYPE', `<!DOCTYPE div [<!ENTITY a "b">]>${div('a')}`],
    ['plain text', 'Bonjour'],
    ['an empty text', ''],
    ['no text', 1],
    ['markup 200,000 deep', div(`${'<b>'.repeat(200_000)}a${'</b>'.repeat(200_000)}`)],
  ])('refuses %s', (_name, text) => expect(narrativeFault(text)).toEqual(expect.stringMatching(/^must /)));
});
