package dev.weir.it.interchange;

import dev.weir.it.interchange.job.Journey;
import dev.weir.it.interchange.job.Leg;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * One version of a program that sums the numbers of each key in a POJO: compiled, in a jar and a class loader of its own.
 * Tells each key's POJO when event time is over.
 */
final class Version implements AutoCloseable {
    private static final String NAME = "org.example.evolving.Program";
    private static final String SOURCE =
            """
            package org.example.evolving;

            import dev.weir.it.interchange.job.*;
            import org.apache.flink.api.common.eventtime.WatermarkStrategy;
            import org.apache.flink.api.common.functions.OpenContext;
            import org.apache.flink.api.common.state.*;
            import org.apache.flink.api.common.typeinfo.*;
            import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
            import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
            import org.apache.flink.util.Collector;

            public final class Program {
                public static final class Account {
                    %s
                }

                public static void build(StreamExecutionEnvironment env, Leg leg) {
                    env.fromSource(new Numbers(leg), WatermarkStrategy.<Long>forMonotonousTimestamps(), "numbers")
                            .uid("numbers")
                            .keyBy(Journey::key, Types.LONG)
                            .process(new Sums())
                            .uid("%s")
                            .sinkTo(new Lines(leg))
                            .uid("lines");
                }

                private static final class Sums extends KeyedProcessFunction<Long, Long, String> {
                    private transient ValueState<Account> state;

                    @Override
                    public void open(OpenContext context) {
                        state = getRuntimeContext().getState(
                                new ValueStateDescriptor<>("account", TypeInformation.of(Account.class)));
                    }

                    @Override
                    public void processElement(Long number, Context context, Collector<String> out) throws Exception {
                        Account account = state.value() == null ? new Account() : state.value();
                        account.sum += number;
                        account.visits++;
                        %s;
                        state.update(account);
                        context.timerService().registerEventTimeTimer(Long.MAX_VALUE - 1);
                    }

                    @Override
                    public void onTimer(long time, OnTimerContext context, Collector<String> out) throws Exception {
                        Account account = state.value();
                        out.collect("account " + context.getCurrentKey() + " " + account.sum + " " + account.visits + %s);
                    }
                }
            }
            """;

    private final Path jar;
    private final URLClassLoader loader;
    private final Method build;

    private Version(Path jar, URLClassLoader loader, Method build) {
        this.jar = jar;
        this.loader = loader;
        this.build = build;
    }

    /**
     * Compiles a version.
     *
     * @param dir for its jar
     * @param fields of the POJO; {@code sum} and {@code visits} are among them
     * @param change a statement on the {@code account} of a number
     * @param told an expression, told with the account
     * @param uid of the operator with the state
     */
    static Version of(Path dir, String fields, String change, String told, String uid)
            throws IOException, ReflectiveOperationException, URISyntaxException {
        Path classes = Files.createTempDirectory(dir, "classes");
        String source = SOURCE.formatted(fields, uid, change, told);
        JavaFileObject unit =
                new SimpleJavaFileObject(
                        URI.create("mem:///" + NAME.replace('.', '/') + ".java"), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                };
        List<String> options = List.of("-d", classes.toString(), "-proc:none");
        if (!ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, null, options, null, List.of(unit))
                .call()) {
            throw new IOException("the program does not compile");
        }
        Path jar = JobJar.of(classes.resolve("program.jar"), classes, NAME.substring(0, NAME.lastIndexOf('.')));
        URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, Version.class.getClassLoader());
        Method build = loader.loadClass(NAME).getMethod("build", StreamExecutionEnvironment.class, Leg.class);
        return new Version(jar, loader, build);
    }

    Path jar() {
        return jar;
    }

    Trip.Program program() {
        return new Trip.Program(loader, (env, leg) -> {
            try {
                build.invoke(null, env, leg);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** How much each key sums up to if it has all numbers. */
    static long sum(long key, long numbers) {
        long sum = 0;
        for (long number = key; number < numbers; number += Journey.KEYS) {
            sum += number;
        }
        return sum;
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
