/**
 * What the memory of one process is divided into: Flink's tree of budgets, derived from sizes and fractions that a user has
 * set, each figure with where it comes from.
 *
 * <p>Start reading at {@link dev.weir.engine.memory.TaskManagerBudget}; {@link dev.weir.engine.memory.ProcessDerivation} has
 * what the budgets of both kinds of process share. All of it is pure and belongs to no thread. Sizes are bytes. May import
 * the JDK only: keys are names here, who reads them is the caller.
 *
 * <p>The arithmetic is Flink's to the byte, since a program's configuration must mean the same here and there: FLIP-49 for
 * task managers, FLIP-116 for job managers.
 */
@NullMarked
package dev.weir.engine.memory;

import org.jspecify.annotations.NullMarked;
