/* Unbalanced binary search tree: 1,000 insertions, 2,000 searches, an in-order walk. */
#include "kernel.h"
struct node { u32 key, value; struct node *left, *right; };
static struct node pool[1000];
static u32 used;
static struct node *root;
static NOINLINE void insert(u32 key, u32 value) {
  struct node **at = &root;
  while (*at) {
    if ((*at)->key == key) { (*at)->value = value; return; }
    at = key < (*at)->key ? &(*at)->left : &(*at)->right;
  }
  struct node *n = &pool[used++];
  n->key = key; n->value = value; n->left = n->right = 0;
  *at = n;
}
static NOINLINE u32 find(u32 key) {
  struct node *n = root;
  while (n && n->key != key) n = key < n->key ? n->left : n->right;
  return n ? n->value : 0;
}
static u32 walk(struct node *n, u32 h) {
  if (!n) return h;
  h = walk(n->left, h);
  h = mix(h, n->key);
  return walk(n->right, h);
}
u32 run(void) {
  u32 h = 0;
  used = 0; root = 0; /* the engine bench runs it many times over */
  for (int i = 0; i < 1000; i++) insert(rnd() & 4095, i);
  for (u32 i = 0; i < 2000; i++) h = mix(h, find(i * 2));
  return walk(root, h);
}
