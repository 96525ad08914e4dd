/**
 * Flink's memory options, read into the engine's budgets.
 *
 * <p>Start reading at {@link dev.weir.flink.memory.MemoryBudgets}. Pure and owned by no thread. May import Flink's
 * configuration and the engine's {@code memory} package.
 */
@NullMarked
package dev.weir.flink.memory;

import org.jspecify.annotations.NullMarked;
