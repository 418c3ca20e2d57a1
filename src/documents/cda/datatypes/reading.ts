/** What every datatype is read with: the document's zone, its narrative, and where what cannot be read is named. */
export interface Reading {
  /** Offset of ClinicalDocument/effectiveTime (`+02:00`), for times without one; undefined when it has none itself. */
  readonly zone: string | undefined;
  /** IANA zone, for times without an offset in a document without one (setting TIME_ZONE). */
  readonly timeZone: string;
  /** The narrative text that `reference/@value` points to, with or without `#`; undefined when it points to nothing. */
  readonly narrative: (reference: string) => string | undefined;
  /** Names something that was left out. The text holds no personal value. */
  readonly leftOut: (what: string) => void;
  /** Says once what was kept otherwise than FHIR would have it, wherever it stands. */
  readonly remark: (what: string) => void;
}

/** A reading for elements that have no narrative (the header). */
export function plainReading(zone: string | undefined, timeZone: string, leftOut: (what: string) => void): Reading {
  return { zone, timeZone, leftOut, remark: leftOut, narrative: () => undefined };
}
