/**
 * Who asks, as the token says it. Keys are what blocks, authorship and structures are compared by:
 * `professional|<IdNat_PS>`, `structure|<IdNat_Struct>`, `role|<IdNat_PS>|<IdNat_Struct>`, and `Practitioner/<id>`,
 * `Organization/<id>` (french-interop 4.1). A PractitionerRole is named by the national ids of its person and its structure.
 * An empty IdNat_Struct is the structure that a professional's token does not name.
 */
export type Actor =
  | { readonly kind: 'operator'; readonly name: string }
  | { readonly kind: 'patient'; readonly ins: { readonly system: string; readonly value: string } }
  | { readonly kind: 'professional'; readonly professional: string; readonly structure?: string }
  | { readonly kind: 'system'; readonly structure: string };
export type ActorKey = string;
