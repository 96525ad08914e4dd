/**
 * Translates a Flink job into the engine's dataflow. Pure: no threads, no state. May import the engine's job shapes,
 * {@code host}, and Flink's job graph. Start reading at {@link dev.weir.flink.plan.JobTranslation}.
 */
@NullMarked
package dev.weir.flink.plan;

import org.jspecify.annotations.NullMarked;
