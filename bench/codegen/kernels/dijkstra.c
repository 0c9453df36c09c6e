/* Shortest paths on a grid of 32 by 32 with a binary heap. */
#include "kernel.h"
#define W 32
static u8 cost[W * W];
static u32 dist[W * W], heap[W * W * 4];
static int size;
static NOINLINE void push(u32 x) {
  int i = size++;
  while (i > 0 && heap[(i - 1) / 2] > x) { heap[i] = heap[(i - 1) / 2]; i = (i - 1) / 2; }
  heap[i] = x;
}
static NOINLINE u32 pop(void) {
  u32 top = heap[0], x = heap[--size];
  int i = 0;
  for (;;) {
    int c = 2 * i + 1;
    if (c >= size) break;
    if (c + 1 < size && heap[c + 1] < heap[c]) c++;
    if (heap[c] >= x) break;
    heap[i] = heap[c];
    i = c;
  }
  heap[i] = x;
  return top;
}
u32 run(void) {
  for (int i = 0; i < W * W; i++) cost[i] = 1 + (rnd() & 63), dist[i] = ~0u;
  dist[0] = 0;
  push(0);
  while (size) {
    u32 x = pop(), d = x >> 10, v = x & 1023;
    if (d > dist[v]) continue;
    int px = v % W, py = v / W;
    static const int dx[4] = {1, -1, 0, 0}, dy[4] = {0, 0, 1, -1};
    for (int k = 0; k < 4; k++) {
      int nx = px + dx[k], ny = py + dy[k];
      if (nx < 0 || ny < 0 || nx >= W || ny >= W) continue;
      u32 n = ny * W + nx, nd = d + cost[n];
      if (nd < dist[n]) { dist[n] = nd; push(nd << 10 | n); }
    }
  }
  u32 h = 0;
  for (int i = 0; i < W * W; i++) h = mix(h, dist[i]);
  return h;
}
