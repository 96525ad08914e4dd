/**
 * Running jobs moved between a real Flink cluster, in processes of its own, and Weir, by savepoints and retained checkpoints.
 * Start reading at {@code InterchangeIT}.
 */
@NullMarked
package dev.weir.it.interchange;

import org.jspecify.annotations.NullMarked;
