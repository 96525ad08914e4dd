package dev.weir.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import dev.weir.flink.specimen.BadGuest;
import dev.weir.flink.specimen.SpecimenUtil;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Stream;

/** Embedded, Weir is a guest: it never ends its host, nor touches its logging, streams or handlers. */
final class Guest {
    private static final String ENDS_THE_HOST =
            "a guest never ends its host's process; only the launcher owns the process";
    private static final String STREAMS =
            "a guest leaves the host's streams alone; what a user should read is logged or returned";

    private Guest() {}

    private static GivenClassesConjunction embedded() {
        return noClasses().that().resideOutsideOfPackage("dev.weir.cli..");
    }

    static List<Law> laws() {
        return Stream.of(process(), streams(), sharing()).flatMap(List::stream).toList();
    }

    private static List<Law> process() {
        return List.of(
                Law.of(
                        embedded()
                                .should()
                                .callMethod(System.class, "exit", int.class)
                                .because(ENDS_THE_HOST),
                        BadGuest.class),
                Law.of(
                        embedded()
                                .should()
                                .callMethod(Runtime.class, "addShutdownHook", Thread.class)
                                .orShould()
                                .callMethod(Runtime.class, "halt", int.class)
                                .orShould()
                                .callMethod(Runtime.class, "exit", int.class)
                                .because(ENDS_THE_HOST + ", hooks included"),
                        BadGuest.class),
                Law.of(
                        embedded()
                                .should()
                                .callMethod(
                                        Thread.class,
                                        "setDefaultUncaughtExceptionHandler",
                                        Thread.UncaughtExceptionHandler.class)
                                .because("the default handler is the host's; our threads have one of their own"),
                        BadGuest.class),
                Law.of(
                        embedded()
                                .should()
                                .dependOnClassesThat(resideInAnyPackage(
                                        "org.apache.logging.log4j..",
                                        "org.apache.log4j..",
                                        "ch.qos.logback..",
                                        "java.util.logging.."))
                                .because("logging goes through SLF4J and is configured by the host"),
                        BadGuest.class));
    }

    private static List<Law> streams() {
        return List.of(
                Law.of(
                        embedded()
                                .should()
                                .callMethod(System.class, "setOut", PrintStream.class)
                                .orShould()
                                .callMethod(System.class, "setErr", PrintStream.class)
                                .because(STREAMS),
                        BadGuest.class),
                Law.of(
                        embedded()
                                .should()
                                .accessField(System.class, "out")
                                .orShould()
                                .accessField(System.class, "err")
                                .because(STREAMS),
                        BadGuest.class));
    }

    private static List<Law> sharing() {
        return List.of(
                Law.of(
                        fields().that()
                                .areStatic()
                                .should()
                                .beFinal()
                                .because(
                                        "many jobs and sessions live in one process; what they share is handed to them"),
                        BadGuest.class),
                Law.of(
                        noClasses()
                                .should()
                                .haveSimpleNameEndingWith("Util")
                                .orShould()
                                .haveSimpleNameEndingWith("Utils")
                                .orShould()
                                .haveSimpleNameEndingWith("Helper")
                                .orShould()
                                .haveSimpleNameEndingWith("Manager")
                                .orShould()
                                .haveSimpleNameEndingWith("Impl")
                                .because("a role says more"),
                        SpecimenUtil.class));
    }
}
