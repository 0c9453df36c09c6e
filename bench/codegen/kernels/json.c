/* A recursive descent parser of nested arrays, objects, numbers and strings. */
#include "kernel.h"
static const char *p;
static u32 h;
static char text[12000];
static void value(void);
static void space(void) { while (*p == ' ' || *p == '\n') p++; }
static NOINLINE void string(void) {
  p++;
  while (*p != '"') {
    if (*p == '\\') p++;
    h = mix(h, (u8)*p++);
  }
  p++;
}
static NOINLINE void number(void) {
  int neg = *p == '-';
  if (neg) p++;
  i32 n = 0;
  while (*p >= '0' && *p <= '9') n = n * 10 + (*p++ - '0');
  h = mix(h, neg ? -n : n);
}
static void list(char close, int keyed) {
  p++;
  space();
  while (*p != close) {
    if (keyed) { string(); space(); p++; space(); }
    value();
    space();
    if (*p == ',') p++;
    space();
  }
  p++;
}
static void value(void) {
  space();
  switch (*p) {
    case '{': list('}', 1); break;
    case '[': list(']', 0); break;
    case '"': string(); break;
    case 't': p += 4; h = mix(h, 1); break;
    case 'f': p += 5; h = mix(h, 0); break;
    case 'n': p += 4; h = mix(h, 2); break;
    default: number();
  }
}
static char *put(char *o, const char *s) { while (*s) *o++ = *s++; return o; }
u32 run(void) {
  char *o = put(text, "[");
  for (int i = 0; i < 60; i++) {
    o = put(o, "{\"name\": \"item number\", \"id\": ");
    for (u32 n = rnd() & 0xffff; n; n /= 10) *o++ = '0' + n % 10;
    o = put(o, ", \"tags\": [\"a\\n\", true, false, null, -12], \"sub\": {\"x\": 1, \"y\": [1,2,3,[4,5]]}},\n");
  }
  put(o, "0]");
  for (int i = 0; i < 3; i++) { p = text; value(); }
  return h;
}
