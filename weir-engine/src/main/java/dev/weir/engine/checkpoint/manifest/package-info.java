/**
 * Weir's manifest of a checkpoint: what belongs to it and where the bytes are. A checkpoint exists when its manifest does.
 *
 * <p>Start reading at {@link dev.weir.engine.checkpoint.manifest.Manifest}. {@link
 * dev.weir.engine.checkpoint.manifest.ManifestWriter} and {@link dev.weir.engine.checkpoint.manifest.ManifestReader} are
 * the codec; {@code docs/checkpoint-format.md} specifies each byte. Everything is a value: no thread owns it, nothing
 * here does I/O. May import the JDK only.
 */
@NullMarked
package dev.weir.engine.checkpoint.manifest;

import org.jspecify.annotations.NullMarked;
