/**
 * What a run measures of itself: marks that user code sets at the head and at the tail of a job, what the process has
 * used, and the answer that is compared.
 *
 * <p>Programs for the engines and loops without one call the same code. Imports the JDK and HdrHistogram. Start reading at {@link
 * dev.weir.bench.measure.Marks}.
 */
@NullMarked
package dev.weir.bench.measure;

import org.jspecify.annotations.NullMarked;
