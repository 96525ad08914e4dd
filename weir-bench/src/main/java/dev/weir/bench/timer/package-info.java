/**
 * The timers of an operator by themselves: the engine's queue beside Flink's, which the programs reach too seldom to tell
 * them apart.
 *
 * <p>One thread. The one package here that knows the engine. Start reading at {@link dev.weir.bench.timer.TimerBench}.
 */
@NullMarked
package dev.weir.bench.timer;

import org.jspecify.annotations.NullMarked;
