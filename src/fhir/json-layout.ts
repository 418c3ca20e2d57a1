/** JSON text laid out for people, without reading its values: every literal and every string stays as it is written. */

const enum Sign {
  Space = 32, Quote = 34, Comma = 44, Colon = 58, OpenBracket = 91, Backslash = 92, CloseBracket = 93, OpenBrace = 123, CloseBrace = 125,
}

const lines: string[] = [];
/** A line's end and the blanks of the next line. */
const lineAt = (depth: number): string => (lines[depth] ??= `\n${'  '.repeat(depth)}`);

/** Lays out one JSON text that comes in pieces, cut anywhere. */
export class JsonLayout {
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Whether an object or list was opened that nothing stands in yet. */
  private fresh = false;

  write(piece: string): string {
    let text = '';
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const sign = piece.charCodeAt(at);
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (sign === Sign.Backslash) this.escaped = true;
        else if (sign === Sign.Quote) this.inString = false;
        continue;
      }
      if (sign === Sign.CloseBrace || sign === Sign.CloseBracket) {
        this.depth--;
        text += piece.slice(from, at) + (this.fresh ? '' : lineAt(this.depth)) + piece.charAt(at);
        this.fresh = false;
        from = at + 1;
        continue;
      }
      if (sign <= Sign.Space) {
        text += piece.slice(from, at);
        from = at + 1;
        continue;
      }
      if (this.fresh) {
        text += piece.slice(from, at) + lineAt(this.depth);
        this.fresh = false;
        from = at;
      }
      if (sign === Sign.Quote) this.inString = true;
      else if (sign === Sign.OpenBrace || sign === Sign.OpenBracket) {
        this.depth++;
        this.fresh = true;
      } else if (sign === Sign.Comma || sign === Sign.Colon) {
        text += piece.slice(from, at + 1) + (sign === Sign.Comma ? lineAt(this.depth) : ' ');
        from = at + 1;
      }
    }
    return text + piece.slice(from);
  }
}
