/**
 * A second map of classes over an image besides its labels: what a network proposes, or how far it is from them. Not
 * labels: it is shown, and never saved from here.
 * Convention: `pixels` is (H, W) like the labels, of the same image; whoever has another map makes a new record.
 */
export type Layer =
  /** Over the labels, hatched in the classes' colors. 0 (background) and 255 (nothing proposed) show nothing. */
  | { readonly kind: 'proposal'; readonly pixels: Uint8Array; /** 0..1 */ readonly opacity: number }
  /** Instead of the labels: where the prediction `pixels` agrees with them and where it does not. */
  | { readonly kind: 'confusion'; readonly pixels: Uint8Array };

export type LayerKind = Layer['kind'];

/** How strongly a proposal covers the labels. */
const proposalOpacity = 0.6;

export function proposalLayer(kind: LayerKind, pixels: Uint8Array): Layer {
  return kind === 'proposal' ? { kind, pixels, opacity: proposalOpacity } : { kind, pixels };
}
