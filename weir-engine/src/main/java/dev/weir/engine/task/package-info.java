/**
 * Runs one subtask: the loop that takes mail, then input, then output, and the contract of what it runs.
 *
 * <p>A task owns one thread, and that thread owns its processor. Imports {@code exchange} only. Start reading at
 * {@link dev.weir.engine.task.Processor}.
 */
@NullMarked
package dev.weir.engine.task;

import org.jspecify.annotations.NullMarked;
