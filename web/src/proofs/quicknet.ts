/** The hash of drand's public chain, by which a commitment names it. On its own: pages that verify nothing need no curves for it. */
export const QUICKNET_HASH = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971'
