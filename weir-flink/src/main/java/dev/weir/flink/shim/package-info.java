/**
 * What has to pose as one of Flink's own runtime classes, a reason per class. Nothing else extends Flink's runtime.
 * Owned by the task thread. Start reading at {@link dev.weir.flink.shim.OperatorShell}.
 */
@NullMarked
package dev.weir.flink.shim;

import org.jspecify.annotations.NullMarked;
