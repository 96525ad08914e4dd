/**
 * Why a job is held up, in Flink's terms: which vertices, and which frames of Flink and of the adapter mean what
 * ({@code frames.txt}).
 *
 * <p>Works on what a job tells of itself, by whichever thread asks and on the sampler's; nothing runs unless somebody asks.
 * Imports the metrics of jobs and the engine's diagnosis. Start reading at {@link dev.weir.flink.diagnosis.JobDiagnosis}.
 */
@NullMarked
package dev.weir.flink.diagnosis;

import org.jspecify.annotations.NullMarked;
