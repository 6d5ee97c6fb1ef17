/* The yardstick: softmax in three passes with intrinsics, as fast as plain C gets at a given vector width, and
 * with no more accuracy than a float32 sum and a degree-5 exp give. Width: -DWIDTH=4 (default), 8 or 16.
 * -DEXACT: with the kernels' own exp and compensated sum (assembly/exp.ts, row.ts), less what they do once a row.
 *
 *   softmax ROWS COLS INPUT OUTPUT   reads float32 x from INPUT, writes softmax(x) to OUTPUT, then for each
 *                                    line N on stdin makes N calls and prints the nanoseconds they took */
#include <float.h>
#include <immintrin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef WIDTH
#define WIDTH 4
#endif

#if WIDTH == 4
typedef __m128 vec;
#define V(name) _mm_##name
#define SHIFT(y, n) _mm_castsi128_ps(_mm_add_epi32(_mm_castps_si128(y), _mm_slli_epi32(_mm_castps_si128(n), 23)))
#elif WIDTH == 8
typedef __m256 vec;
#define V(name) _mm256_##name
#define SHIFT(y, n) \
  _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(y), _mm256_slli_epi32(_mm256_castps_si256(n), 23)))
#else
typedef __m512 vec;
#define V(name) _mm512_##name
#define SHIFT(y, n) \
  _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(y), _mm512_slli_epi32(_mm512_castps_si512(n), 23)))
#endif
#define UNROLL 4
#define STEP (WIDTH * UNROLL)

#ifdef EXACT
/* 2^-R exp(x), where magic is ROUNDER + 127 - R; 0 up to lowest. */
static inline vec exp_v(vec x, vec magic, vec lowest) {
  x = V(max_ps)(x, lowest);
  vec shifted = V(fmadd_ps)(x, V(set1_ps)(0x1.715476p+0f), magic);
  vec n = V(sub_ps)(shifted, magic);
  vec r = V(fnmadd_ps)(n, V(set1_ps)(0x1.62e4p-1f), x);
  r = V(fnmadd_ps)(n, V(set1_ps)(0x1.7f7d1cp-20f), r);
  vec r2 = V(mul_ps)(r, r);
  vec high = V(fmadd_ps)(V(set1_ps)(0x1.12399p-7f), r, V(set1_ps)(0x1.5558b2p-5f));
  vec low = V(fmadd_ps)(V(set1_ps)(0x1.555492p-3f), r, V(set1_ps)(0x1.fffffcp-2f));
  vec q = V(fmadd_ps)(V(fmadd_ps)(V(set1_ps)(0x1.6a4aa6p-10f), r2, high), r2, low);
  vec s = SHIFT(V(setzero_ps)(), shifted);
  return V(fmadd_ps)(V(fmadd_ps)(q, r2, r), s, s);
}
#else
/* exp(x) for x in [-87, 0]: n = round(x / ln 2) by a magic constant, a polynomial of degree 5 in the rest. */
static inline vec exp_v(vec x) {
  const vec magic = V(set1_ps)(0x1.8p23f);
  x = V(max_ps)(x, V(set1_ps)(-87.0f));
  vec shifted = V(fmadd_ps)(x, V(set1_ps)(0x1.715476p0f), magic);
  vec n = V(sub_ps)(shifted, magic);
  vec r = V(fnmadd_ps)(n, V(set1_ps)(0x1.62e4p-1f), x);
  r = V(fnmadd_ps)(n, V(set1_ps)(0x1.7f7d1cp-20f), r);
  vec p = V(set1_ps)(0x1.0f9f9cp-7f);
  p = V(fmadd_ps)(p, r, V(set1_ps)(0x1.573a1ap-5f));
  p = V(fmadd_ps)(p, r, V(set1_ps)(0x1.555a8p-3f));
  p = V(fmadd_ps)(p, r, V(set1_ps)(0x1.fffdb6p-2f));
  p = V(fmadd_ps)(p, r, V(set1_ps)(0x1.fffff6p-1f));
  p = V(fmadd_ps)(p, r, V(set1_ps)(1.0f));
  return SHIFT(p, shifted);
}
#endif

static void softmax_row(const float *x, float *y, long n) {
  const vec lowest = V(set1_ps)(-FLT_MAX);
  vec m[UNROLL], s[UNROLL];
  for (int u = 0; u < UNROLL; u++) m[u] = lowest;
  /* A row shorter than a vector, or its end: padded on the stack to one whole step. */
  float tail[STEP];
  const long whole = n - n % STEP, rest = n - whole;
  if (rest) {
    for (int i = 0; i < STEP; i++) tail[i] = i < rest ? x[whole + i] : -FLT_MAX;
    for (int u = 0; u < UNROLL; u++) m[u] = V(loadu_ps)(tail + u * WIDTH);
  }

  for (long i = 0; i < whole; i += STEP)
    for (int u = 0; u < UNROLL; u++) m[u] = V(max_ps)(m[u], V(loadu_ps)(x + i + u * WIDTH));
  float lanes[WIDTH];
  V(storeu_ps)(lanes, V(max_ps)(V(max_ps)(m[0], m[1]), V(max_ps)(m[2], m[3])));
  float max = lanes[0];
  for (int i = 1; i < WIDTH; i++) max = lanes[i] > max ? lanes[i] : max;

#ifdef EXACT
  vec e[UNROLL];
  for (int u = 0; u < UNROLL; u++) s[u] = V(set1_ps)(4), e[u] = V(setzero_ps)();
  const float shift = rintf(max * 0x1.715476p+0f);
  const vec magic = V(set1_ps)(0x1.8p23f + 128 - shift);
  const vec bottom = V(set1_ps)((shift - 128) * 0.6931471805599453f);
  for (long i = 0; i < whole; i += STEP)
    for (int u = 0; u < UNROLL; u++) {
      vec p = exp_v(V(loadu_ps)(x + i + u * WIDTH), magic, bottom);
      V(storeu_ps)(y + i + u * WIDTH, p);
      vec sum = V(add_ps)(s[u], p);
      e[u] = V(add_ps)(e[u], V(sub_ps)(p, V(sub_ps)(sum, s[u])));
      s[u] = sum;
    }
  double total = 0;
  for (int u = 0; u < UNROLL; u++) {
    float sums[WIDTH];
    V(storeu_ps)(sums, V(sub_ps)(s[u], V(set1_ps)(4)));
    V(storeu_ps)(lanes, e[u]);
    for (int i = 0; i < WIDTH; i++) total += (double)sums[i] + lanes[i];
  }
  if (rest) {
    for (int u = 0; u < UNROLL; u++)
      V(storeu_ps)(tail + u * WIDTH, exp_v(V(loadu_ps)(tail + u * WIDTH), magic, bottom));
    for (int i = 0; i < rest; i++) total += tail[i];
  }
  const double factor = 1 / total;
  const vec high = V(set1_ps)((float)factor), low = V(set1_ps)((float)(factor - (float)factor));
  for (long i = 0; i < whole; i += STEP)
    for (int u = 0; u < UNROLL; u++) {
      vec p = V(loadu_ps)(y + i + u * WIDTH);
      V(storeu_ps)(y + i + u * WIDTH, V(fmadd_ps)(p, high, V(mul_ps)(p, low)));
    }
  for (int i = 0; i < rest; i++) y[whole + i] = tail[i] * factor;
#else
  for (int u = 0; u < UNROLL; u++) s[u] = V(setzero_ps)();
  const vec maxes = V(set1_ps)(max);
  for (long i = 0; i < whole; i += STEP)
    for (int u = 0; u < UNROLL; u++) {
      vec e = exp_v(V(sub_ps)(V(loadu_ps)(x + i + u * WIDTH), maxes));
      V(storeu_ps)(y + i + u * WIDTH, e);
      s[u] = V(add_ps)(s[u], e);
    }
  V(storeu_ps)(lanes, V(add_ps)(V(add_ps)(s[0], s[1]), V(add_ps)(s[2], s[3])));
  float sum = 0;
  for (int i = 0; i < WIDTH; i++) sum += lanes[i];
  if (rest) {
    for (int u = 0; u < UNROLL; u++)
      V(storeu_ps)(tail + u * WIDTH, exp_v(V(sub_ps)(V(loadu_ps)(tail + u * WIDTH), maxes)));
    for (int i = 0; i < rest; i++) sum += tail[i];
  }

  const vec scale = V(set1_ps)(1.0f / sum);
  for (long i = 0; i < whole; i += STEP)
    for (int u = 0; u < UNROLL; u++)
      V(storeu_ps)(y + i + u * WIDTH, V(mul_ps)(V(loadu_ps)(y + i + u * WIDTH), scale));
  for (int i = 0; i < rest; i++) y[whole + i] = tail[i] * (1.0f / sum);
#endif
}

__attribute__((noinline)) static void softmax(const float *x, float *y, long rows, long cols) {
  for (long row = 0; row < rows; row++) softmax_row(x + row * cols, y + row * cols, cols);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  const long rows = atol(argv[1]), cols = atol(argv[2]), n = rows * cols;
  const size_t bytes = (n * sizeof(float) + 63) / 64 * 64;
  float *x = aligned_alloc(64, bytes), *y = aligned_alloc(64, bytes);
  FILE *file = fopen(argv[3], "rb");
  if (!x || !y || !file || fread(x, sizeof(float), n, file) != (size_t)n) return 1;
  fclose(file);
  softmax(x, y, rows, cols);
  file = fopen(argv[4], "wb");
  if (!file || fwrite(y, sizeof(float), n, file) != (size_t)n) return 1;
  fclose(file);
  puts("ready");
  fflush(stdout);
  for (long calls; scanf("%ld", &calls) == 1;) {
    const double start = now();
    for (long i = 0; i < calls; i++) softmax(x, y, rows, cols);
    printf("%.0f\n", now() - start);
    fflush(stdout);
  }
  return 0;
}
