package dev.weir.flink.config;

import dev.weir.flink.memory.NetworkOptions;
import dev.weir.flink.state.CacheOptions;
import dev.weir.flink.state.TieredOptions;
import dev.weir.flink.twin.NativeOptions;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.apache.flink.configuration.ConfigOption;

/** Flink's options, found as constants of the classes {@code *Options*} in its jars, and Weir's own. */
public final class OptionKeys {
    private static final String FLINK = "org/apache/flink/";
    private static final String SUFFIX = ".class";

    /** Options of a table's WITH clause, which are no keys of a configuration. */
    private static final List<String> OF_TABLES =
            List.of("org/apache/flink/formats/", "org/apache/flink/connector/base/table/");

    private static final List<Class<?>> OWN =
            List.of(NativeOptions.class, CacheOptions.class, TieredOptions.class, NetworkOptions.class);

    private OptionKeys() {}

    /**
     * All keys with the option that each names. Blocks for the files.
     *
     * @param classPath jars, and directories, which are passed over
     * @param more classes with options of Weir's own
     */
    public static Map<String, ConfigOption<?>> of(String classPath, Class<?>... more) throws IOException {
        Map<String, ConfigOption<?>> options = new TreeMap<>();
        for (Class<?> own : OWN) {
            add(own, options);
        }
        for (Class<?> own : more) {
            add(own, options);
        }
        // what else Weir has to read are keys of earlier versions of Flink
        options.keySet().removeIf(key -> !key.startsWith("weir."));
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            if (entry.endsWith(".jar") && new File(entry).getName().contains("flink")) {
                try (JarFile jar = new JarFile(entry)) {
                    for (ZipEntry file : Collections.list(jar.entries())) {
                        if (isOptions(file.getName())) {
                            add(file.getName(), options);
                        }
                    }
                }
            }
        }
        return options;
    }

    private static boolean isOptions(String file) {
        return file.startsWith(FLINK)
                && file.endsWith(SUFFIX)
                && file.substring(file.lastIndexOf('/')).contains("Options")
                && OF_TABLES.stream().noneMatch(file::startsWith);
    }

    private static void add(String file, Map<String, ConfigOption<?>> options) throws IOException {
        String name = file.substring(0, file.length() - SUFFIX.length()).replace('/', '.');
        try {
            add(Class.forName(name, false, OptionKeys.class.getClassLoader()), options);
        } catch (LinkageError e) {
            // a class of something that is not there, as Hadoop
        } catch (ClassNotFoundException e) {
            throw new IOException("the options of " + name + " cannot be read", e);
        }
    }

    private static void add(Class<?> type, Map<String, ConfigOption<?>> options) throws IOException {
        try {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
                    field.setAccessible(true);
                    ConfigOption<?> option = (ConfigOption<?>) field.get(null);
                    options.putIfAbsent(option.key(), option);
                }
            }
        } catch (IllegalAccessException e) {
            throw new IOException("the options of " + type.getName() + " cannot be read", e);
        }
    }
}
