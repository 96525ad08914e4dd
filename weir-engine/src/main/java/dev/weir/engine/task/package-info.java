/**
 * The task: one subtask's loop over mails, inputs and outputs, and the contract of what it drives.
 *
 * <p>Start with {@link dev.weir.engine.task.Processor}, the work, then {@link dev.weir.engine.task.TaskLoop}, the loop.
 * Everything here is owned by the subtask's thread unless its documentation says otherwise. Imports {@code exchange} only.
 */
@NullMarked
package dev.weir.engine.task;

import org.jspecify.annotations.NullMarked;
