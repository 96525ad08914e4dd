/**
 * Disks that lose power, and that fail. Start with {@link dev.weir.testing.storage.CrashingDisk}. Everything belongs to the
 * thread of the test. Imports the engine only.
 */
@NullMarked
package dev.weir.testing.storage;

import org.jspecify.annotations.NullMarked;
