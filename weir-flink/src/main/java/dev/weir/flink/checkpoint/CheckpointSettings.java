package dev.weir.flink.checkpoint;

import java.util.Locale;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a job's checkpoints go, by Flink's options.
 *
 * @param directory of checkpoints ({@code execution.checkpointing.dir})
 * @param savepointDirectory of savepoints for which none is given ({@code execution.checkpointing.savepoint-dir})
 * @param jobSubdirectory whether each job has a directory of its own ({@code execution.checkpointing.create-subdir})
 * @param inlineBytesMax state up to this size lies in the manifest ({@code execution.checkpointing.data-inline-threshold})
 * @param bufferBytes what a stream gathers before it writes ({@code execution.checkpointing.write-buffer-size})
 */
public record CheckpointSettings(
        Path directory,
        @Nullable Path savepointDirectory,
        boolean jobSubdirectory,
        int inlineBytesMax,
        int bufferBytes) {

    /** Flink's bound on the inline threshold: the manifest is held in memory. */
    private static final int INLINE_BYTES_LIMIT = 1 << 20;

    /** Checks the bounds that Flink has. */
    public CheckpointSettings {
        if (inlineBytesMax < 0 || inlineBytesMax > INLINE_BYTES_LIMIT) {
            throw new IllegalConfigurationException("%s=%d is not within 0 and %d"
                    .formatted(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD.key(), inlineBytesMax, INLINE_BYTES_LIMIT));
        }
        if (bufferBytes < 0) {
            throw new IllegalConfigurationException(
                    CheckpointingOptions.FS_WRITE_BUFFER_SIZE.key() + "=" + bufferBytes + " < 0");
        }
    }

    /**
     * What the options say.
     *
     * @param fallback where checkpoints go if no directory is set, for either kind of storage: with one process, state in
     *     the memory of a job manager would be no checkpoint
     */
    public static CheckpointSettings of(ReadableConfig options, Path fallback) {
        String storage = options.getOptional(CheckpointingOptions.CHECKPOINT_STORAGE)
                .orElse("filesystem")
                .toLowerCase(Locale.ROOT);
        if (!storage.equals("filesystem") && !storage.equals("jobmanager")) {
            throw new IllegalConfigurationException(CheckpointingOptions.CHECKPOINT_STORAGE.key() + "=" + storage
                    + ": Weir writes checkpoints itself; use 'filesystem' with a scheme of the storage's");
        }
        long inline = options.get(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD).getBytes();
        return new CheckpointSettings(
                options.getOptional(CheckpointingOptions.CHECKPOINTS_DIRECTORY)
                        .map(text -> directory(CheckpointingOptions.CHECKPOINTS_DIRECTORY, text))
                        .orElse(fallback),
                options.getOptional(CheckpointingOptions.SAVEPOINT_DIRECTORY)
                        .map(text -> directory(CheckpointingOptions.SAVEPOINT_DIRECTORY, text))
                        .orElse(null),
                options.get(CheckpointingOptions.CREATE_CHECKPOINT_SUB_DIR),
                (int) Math.min(inline, Integer.MAX_VALUE),
                options.get(CheckpointingOptions.FS_WRITE_BUFFER_SIZE));
    }

    /** As Flink's storage: no scheme is assumed, and none is at the root. */
    private static Path directory(ConfigOption<String> option, String text) {
        Path path;
        try {
            path = new Path(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalConfigurationException(option.key() + "=" + text + " is no path: " + e.getMessage(), e);
        }
        if (path.toUri().getScheme() == null) {
            throw new IllegalConfigurationException(
                    option.key() + "=" + text + " does not say in which file system; write "
                            + (path.isAbsolute() ? "file://" : "file:///absolute/") + text);
        }
        if (path.getParent() == null) {
            throw new IllegalConfigurationException(
                    option.key() + "=" + text + " is the root of a file system; name a directory below it");
        }
        return path;
    }
}
