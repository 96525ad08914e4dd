package dev.weir.cli;

import java.io.File;
import java.util.Map;
import org.apache.flink.configuration.ConfigConstants;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.PluginUtils;

/** Flink's file systems, those of plugins included, which are set up once for the whole process. */
final class FileSystems {
    private FileSystems() {}

    static void initialise(Configuration configuration, Map<String, String> environment) throws UsageException {
        try {
            String plugins = environment.get(ConfigConstants.ENV_FLINK_PLUGINS_DIR);
            FileSystem.initialize(
                    configuration,
                    plugins != null && new File(plugins).isDirectory()
                            ? PluginUtils.createPluginManagerFromRootFolder(configuration)
                            : null);
        } catch (RuntimeException e) {
            throw new UsageException("plugins or file systems cannot be initialised: " + e.getMessage(), e);
        }
    }
}
