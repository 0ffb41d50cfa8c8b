/**
 * What every program of the product runs with. The heap grows by half of what is in use instead of up to fourfold, and its young part stays small: an
 * idle installation holds a third of the memory, and a sync none the more for its length. The limit of the heap stays Node's own. docs/performance.md
 * has the figures. Dockerfile and docker-compose.yml say the same.
 */
export const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=32', '--heap-growing-percent=50'];
