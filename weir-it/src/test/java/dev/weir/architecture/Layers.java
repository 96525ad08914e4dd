package dev.weir.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import dev.weir.cli.specimen.Launcher;
import dev.weir.client.specimen.UsesTheServer;
import dev.weir.engine.specimen.KnowsFlink;
import dev.weir.engine.specimen.KnowsTheAdapter;
import dev.weir.engine.specimen.left.Left;
import dev.weir.engine.specimen.right.Right;
import dev.weir.flink.specimen.CallsTheLauncher;
import dev.weir.flink.specimen.UsesFlinkClients;
import dev.weir.rocksdb.specimen.StoresFlinksState;
import dev.weir.testing.specimen.TestsWithFlink;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.specimen.OutsideTheShim;

/** Dependencies point down only. */
final class Layers {
    private Layers() {}

    static List<Law> laws() {
        return Stream.of(belowTheAdapter(), aboveTheEngine())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Law> belowTheAdapter() {
        return List.of(
                Law.of(
                        classes()
                                .that()
                                .resideInAPackage("dev.weir.engine..")
                                .should()
                                .onlyDependOnClassesThat()
                                .resideInAnyPackage(
                                        "java..", "javax.management..", "dev.weir.engine..", "org.jspecify..")
                                .because(
                                        "the engine knows no Flink and no other module, so that what matters for correctness"
                                                + " runs in a simulator, and a new Flink version touches the adapter only"),
                        KnowsFlink.class,
                        KnowsTheAdapter.class),
                Law.of(
                        slices().matching("dev.weir.engine.(**)")
                                .should()
                                .beFreeOfCycles()
                                .because("each package of the engine can be read, and tested, after those it imports"),
                        Left.class,
                        Right.class),
                Law.of(
                        classes()
                                .that()
                                .resideInAPackage("dev.weir.rocksdb..")
                                .should()
                                .onlyDependOnClassesThat()
                                .resideInAnyPackage(
                                        "java..",
                                        "dev.weir.rocksdb..",
                                        "dev.weir.engine.state..",
                                        "org.rocksdb..",
                                        "org.jspecify..")
                                .because("a store keeps the engine's contract, which knows no Flink"),
                        StoresFlinksState.class),
                Law.of(
                        classes()
                                .that()
                                .resideInAPackage("dev.weir.testing..")
                                .should()
                                .onlyDependOnClassesThat()
                                .resideInAnyPackage(
                                        "java..",
                                        "dev.weir.testing..",
                                        "dev.weir.engine..",
                                        "org.jspecify..",
                                        "org.junit..",
                                        "org.assertj..")
                                .because(
                                        "contract kits and fakes are for implementations of the engine's contracts, which know no Flink"),
                        TestsWithFlink.class));
    }

    private static List<Law> aboveTheEngine() {
        return List.of(
                Law.of(
                        noClasses()
                                .that()
                                .resideOutsideOfPackages("dev.weir.testing..")
                                .should()
                                .dependOnClassesThat()
                                .resideInAPackage("dev.weir.testing..")
                                .because("test kits do not ship"),
                        Launcher.class),
                Law.of(
                        noClasses()
                                .that()
                                .resideOutsideOfPackage("dev.weir.bench..")
                                .should()
                                .dependOnClassesThat()
                                .resideInAPackage("dev.weir.bench..")
                                .because("benchmarks do not ship"),
                        dev.weir.flink.specimen.UsesTheBench.class),
                Law.of(
                        noClasses()
                                .that()
                                .resideInAnyPackage("dev.weir.engine..", "dev.weir.flink..")
                                .should()
                                .dependOnClassesThat()
                                .resideInAnyPackage("dev.weir.client..", "dev.weir.server..", "dev.weir.doctor..")
                                .because("the adapter is embedded without Flink's client and without a server"),
                        dev.weir.flink.specimen.UsesTheClient.class),
                Law.of(
                        noClasses()
                                .that()
                                .resideOutsideOfPackages("dev.weir.server..", "dev.weir.cli..")
                                .should()
                                .dependOnClassesThat()
                                .resideInAPackage("dev.weir.server..")
                                .because(
                                        "a server is put before a session by whoever owns the process, nothing asks it"),
                        UsesTheServer.class),
                Law.of(
                        noClasses()
                                .that()
                                .resideOutsideOfPackage("dev.weir.cli..")
                                .should()
                                .dependOnClassesThat()
                                .resideInAPackage("dev.weir.cli..")
                                .because("the launcher is the only composition root, nothing is composed of it"),
                        CallsTheLauncher.class),
                Law.of(
                        noClasses()
                                .that()
                                .resideOutsideOfPackage("dev.weir.client..")
                                .should()
                                .dependOnClassesThat()
                                .resideInAPackage("org.apache.flink.client..")
                                .because(
                                        "weir-flink stands in the place of flink-clients, which registers a second executor for"
                                                + " the target local; only weir-client brings flink-clients in"),
                        UsesFlinkClients.class),
                Law.of(
                        noClasses()
                                .that()
                                .resideOutsideOfPackages("org.apache.flink..", "dev.weir.flink.shim..")
                                .should()
                                .dependOnClassesThat(OwnCode.inFlinkPackages())
                                .because(
                                        "what must sit in a Flink package, for package-private access, is reached through the shim only"),
                        dev.weir.flink.specimen.ReachesPastTheShim.class,
                        OutsideTheShim.class));
    }
}
