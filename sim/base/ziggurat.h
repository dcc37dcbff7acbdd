/*
 * ziggurat.h - the tables that the exponential and the normal variable are
 * drawn from.
 *
 * SOURCE  Marsaglia and Tsang, "The Ziggurat Method for Generating Random
 *         Variables", J. Stat. Software 5:8, 2000; here with 53-bit numbers
 *         instead of 32-bit ones. Written from the paper.
 *
 * MODEL   The area under a falling density f on x >= 0 is covered by 256
 *         layers of equal area V. Layer i >= 1 is the rectangle 0 <= x < x[i]
 *         between the heights f(x[i]) and f(x[i+1]); layer 0 is the base strip
 *         below f(R) with the tail beyond R:
 *
 *           f(0) +--.
 *                |   `.   layer 255
 *                +----`--.
 *                |       |`.
 *                +-------+--`-.                 x[1] = R
 *                |            | `..             x[i+1]: f = f(x[i]) + V / x[i]
 *                +------------+-----`---.__     x[256] = 0
 *                |   layer 0                 ``````--.... tail
 *                +--------------------------+---------------> x
 *                0                          R
 *
 *         Draw a layer and a point j of 2^53 in its width; left of x[i+1] the
 *         point is under the curve for sure (97.8 % of the exponential's draws,
 *         98.5 % of the normal's). Layer 0 counts as x[0] = V / f(R) wide.
 *
 *           exponential  f(x) = e^-x        V = (R + 1) e^-R
 *           normal       f(x) = e^(-x^2/2)  V = R f(R) + integral from R of f
 *
 *         R is the one number for which x[256] comes out as 0:
 *         7.69711747013105 and 3.65415288536101.
 *
 *         width[i]  = x[i] / 2^53
 *         inside[i] = floor(2^53 x[i+1] / x[i])
 *         height[i] = f(x[i]), height[256] = 1
 *
 *         The tables were computed with 50 decimal digits and rounded once;
 *         test_ziggurat_tables_follow_their_formula computes them again.
 */
#ifndef BASE_ZIGGURAT_H
#define BASE_ZIGGURAT_H

#include <stdint.h>

enum { ZIGGURAT_LAYERS = 256 };

struct ziggurat {
	double width[ZIGGURAT_LAYERS];
	uint64_t inside[ZIGGURAT_LAYERS];
	double height[ZIGGURAT_LAYERS + 1];
	double tail; /* R */
};

extern const struct ziggurat ziggurat_exponential;
extern const struct ziggurat ziggurat_normal;

#endif
