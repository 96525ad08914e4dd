/**
 * Runs Flink's operator coordinators (sources, collect) in process and carries events between them and subtasks.
 *
 * <p>Coordinators run on one FIFO thread per job; events reach a subtask as mails on its task thread. Imports the
 * engine and Flink. Start reading at {@link dev.weir.flink.coordination.SubtaskGateway}.
 */
@NullMarked
package dev.weir.flink.coordination;

import org.jspecify.annotations.NullMarked;
