package dev.weir.flink.checkpoint;

import java.util.OptionalInt;
import org.apache.flink.core.fs.Path;

/**
 * A file that a checkpoint needs.
 *
 * @param path where it is
 * @param length its bytes; negative where it is not known
 * @param crc32c of all its bytes, where it is known
 */
public record StateFile(Path path, long length, OptionalInt crc32c) {}
