package dev.weir.flink.program;

import dev.weir.flink.program.ProgramException.Reason;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.flink.configuration.ConfigUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.util.FlinkUserCodeClassLoaders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Flink program opened for one run: its jar, its class loader, made as Flink makes it ({@code classloader.*} options, child
 * first by default), and its main class, loaded but not initialised. Closed when its jobs have ended: the classes can be
 * unloaded then, and files unpacked from the jar are gone.
 *
 * <p>May be opened and closed by different threads; opening blocks on file access.
 */
public final class Program implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Program.class);
    /** Of Weir there must be one copy, also where a fat jar carries another. */
    private static final String PARENT_FIRST = "dev.weir.";

    private final ProgramJar jar;
    private final URLClassLoader loader;
    private final Class<?> mainClass;
    private final List<String> arguments;
    private final Configuration configuration;

    private Program(
            ProgramJar jar,
            URLClassLoader loader,
            Class<?> mainClass,
            List<String> arguments,
            Configuration configuration) {
        this.jar = jar;
        this.loader = loader;
        this.mainClass = mainClass;
        this.arguments = arguments;
        this.configuration = configuration;
    }

    /**
     * Opens a jar as a program.
     *
     * @param jarPath the program's jar
     * @param mainClassName null: the manifest names it
     * @param classpaths added to the user's class loader, after the jar
     * @param arguments for {@code main}
     * @param configuration what the program's environments start from; the class loader follows it too
     * @throws ProgramException where the program cannot be run, with a message for its user
     */
    public static Program open(
            Path jarPath,
            @Nullable String mainClassName,
            List<URL> classpaths,
            List<String> arguments,
            Configuration configuration)
            throws ProgramException {
        refusePython(jarPath, mainClassName);
        ProgramJar jar = ProgramJar.open(jarPath);
        URLClassLoader loader = null;
        try {
            String name = mainClassName == null ? jar.mainClass() : mainClassName;
            if (name == null) {
                throw new ProgramException(
                        Reason.NO_MAIN_CLASS,
                        "no main class: the manifest of " + jarPath
                                + " has neither 'program-class' nor 'Main-Class'; name the class with -c");
            }
            List<URL> jars = jarUrls(jar);
            loader = loader(jars, classpaths, configuration);
            Class<?> mainClass = load(name, loader, jarPath);
            Configuration effective = new Configuration(configuration);
            ConfigUtils.encodeCollectionToConfig(effective, PipelineOptions.JARS, jars, URL::toString);
            ConfigUtils.encodeCollectionToConfig(effective, PipelineOptions.CLASSPATHS, classpaths, URL::toString);
            return new Program(jar, loader, mainClass, List.copyOf(arguments), effective);
        } catch (ProgramException | RuntimeException e) {
            close(jar, loader);
            throw e;
        }
    }

    /** Runs what calls a {@code main} on a thread of its own, since that takes as long as it likes. */
    public static void onThread(Runnable main) {
        Thread thread = new Thread(main, "weir-main");
        thread.setDaemon(true);
        thread.start();
    }

    public ClassLoader classLoader() {
        return loader;
    }

    public Class<?> mainClass() {
        return mainClass;
    }

    public Path jar() {
        return jar.path();
    }

    /** With {@code pipeline.jars} and {@code pipeline.classpaths} set. A copy. */
    public Configuration configuration() {
        return new Configuration(configuration);
    }

    String[] arguments() {
        return arguments.toArray(new String[0]);
    }

    @Override
    public void close() {
        close(jar, loader);
    }

    private static void close(ProgramJar jar, @Nullable URLClassLoader loader) {
        if (loader != null) {
            try {
                loader.close();
            } catch (IOException e) {
                LOG.warn("class loader of {} could not be closed", jar.path(), e);
            }
        }
        jar.close();
    }

    private static void refusePython(Path jarPath, @Nullable String mainClassName) throws ProgramException {
        String file = String.valueOf(jarPath.getFileName()).toLowerCase(Locale.ROOT);
        if (file.endsWith(".py")
                || "org.apache.flink.client.python.PythonDriver".equals(mainClassName)
                || "org.apache.flink.client.python.PythonGatewayServer".equals(mainClassName)) {
            throw new ProgramException(Reason.PYTHON, PYTHON_REFUSED);
        }
    }

    /** Why a PyFlink program is not run. */
    public static final String PYTHON_REFUSED =
            "PyFlink programs are not run: they need flink-python, a Python interpreter"
                    + " with apache-flink, and Python workers beside the job, which this version does not start";

    private static List<URL> jarUrls(ProgramJar jar) throws ProgramException {
        List<URL> urls = new ArrayList<>();
        try {
            urls.add(jar.path().toAbsolutePath().toUri().toURL());
            for (Path nested : jar.nested()) {
                urls.add(nested.toUri().toURL());
            }
        } catch (MalformedURLException e) {
            throw new ProgramException(Reason.BAD_CLASSPATH, jar.path() + " has no URL: " + e.getMessage(), e);
        }
        return urls;
    }

    /**
     * A class loader for a program's classes, which the caller closes.
     *
     * @param configuration its {@code classloader.*} options count
     */
    public static URLClassLoader loader(List<URL> jars, List<URL> classpaths, Configuration configuration) {
        List<URL> urls = new ArrayList<>(jars);
        urls.addAll(classpaths);
        Configuration loading = new Configuration(configuration);
        List<String> additional =
                new ArrayList<>(loading.get(CoreOptions.ALWAYS_PARENT_FIRST_LOADER_PATTERNS_ADDITIONAL));
        additional.add(PARENT_FIRST);
        loading.set(CoreOptions.ALWAYS_PARENT_FIRST_LOADER_PATTERNS_ADDITIONAL, additional);
        return FlinkUserCodeClassLoaders.create(urls.toArray(new URL[0]), Program.class.getClassLoader(), loading);
    }

    private static Class<?> load(String name, ClassLoader loader, Path jarPath) throws ProgramException {
        Class<?> loaded;
        try {
            loaded = Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw new ProgramException(Reason.CLASS_NOT_FOUND, "class " + name + " was not found in " + jarPath, e);
        } catch (LinkageError e) {
            throw new ProgramException(
                    Reason.CLASS_NOT_FOUND, "class " + name + " of " + jarPath + " cannot be loaded: " + e, e);
        }
        requireMain(loaded, jarPath);
        return loaded;
    }

    private static void requireMain(Class<?> mainClass, Path jarPath) throws ProgramException {
        String where = "class " + mainClass.getName() + " of " + jarPath;
        Method main;
        try {
            main = mainClass.getMethod("main", String[].class);
        } catch (NoSuchMethodException e) {
            throw new ProgramException(
                    Reason.NO_MAIN_METHOD, where + " has no method 'public static void main(String[])'", e);
        } catch (LinkageError e) {
            throw OtherFlink.explain(e, jarPath)
                    .map(sentence -> new ProgramException(Reason.OTHER_FLINK, sentence, e))
                    .orElseGet(
                            () -> new ProgramException(Reason.CLASS_NOT_FOUND, where + " cannot be linked: " + e, e));
        }
        if (!Modifier.isStatic(main.getModifiers()) || main.getReturnType() != void.class) {
            throw new ProgramException(
                    Reason.NO_MAIN_METHOD,
                    where + " has a main method that is not 'public static void main(String[])'");
        }
        if (!Modifier.isPublic(mainClass.getModifiers())) {
            throw new ProgramException(Reason.NO_MAIN_METHOD, where + " must be public");
        }
    }
}
