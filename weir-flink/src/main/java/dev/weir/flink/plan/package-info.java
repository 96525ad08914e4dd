/**
 * Translates a Flink job into the engine's dataflow, or says how it would run. Pure: no threads, no state. May import the
 * engine's job shapes, {@code host}, {@code twin}, and Flink's job graph. Start reading at {@link
 * dev.weir.flink.plan.JobTranslation}.
 */
@NullMarked
package dev.weir.flink.plan;

import org.jspecify.annotations.NullMarked;
