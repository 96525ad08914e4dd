/**
 * Files that survive a crash: a disk's few operations, and how a file is replaced so that a reader finds the old one or
 * the new one.
 *
 * <p>Start reading at {@link dev.weir.engine.storage.AtomicFile}. No thread owns anything here; every call blocks for the
 * disk. May import the JDK only. {@link dev.weir.engine.storage.Disk} is an interface so that tests can crash it after
 * every operation.
 */
@NullMarked
package dev.weir.engine.storage;

import org.jspecify.annotations.NullMarked;
