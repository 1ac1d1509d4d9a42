import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.opensearch.Version;
import org.opensearch.analysis.common.CommonAnalysisModulePlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.index.mapper.MapperExtrasModulePlugin;
import org.opensearch.index.reindex.ReindexModulePlugin;
import org.opensearch.ingest.common.IngestCommonModulePlugin;
import org.opensearch.join.ParentJoinModulePlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessModulePlugin;
import org.opensearch.plugins.PluginInfo;
import org.opensearch.script.mustache.MustacheModulePlugin;
import org.opensearch.security.OpenSearchSecurityPlugin;
import org.opensearch.transport.Netty4ModulePlugin;

/** One OpenSearch node with the Security plugin; it lives as long as its standard input. */
public final class SecuredNode extends Node {

  private static final List<Class<?>> PLUGINS = List.of(
      Netty4ModulePlugin.class,
      CommonAnalysisModulePlugin.class,
      PainlessModulePlugin.class,
      ReindexModulePlugin.class,
      MapperExtrasModulePlugin.class,
      IngestCommonModulePlugin.class,
      MustacheModulePlugin.class,
      ParentJoinModulePlugin.class,
      OpenSearchSecurityPlugin.class,
      GuardedHttp.class);

  private SecuredNode(Environment environment, List<PluginInfo> plugins) {
    super(environment, plugins, true);
  }

  /** Takes the node's home folder, and prints the port as one JSON line once HTTP is open. */
  public static void main(String[] arguments) throws Exception {
    Thread lifeline = endWithStandardInput();
    Path home = Path.of(arguments[0]);
    GuardedHttp.admitOnly(Files.readString(home.resolve("config").resolve("http.secret")));
    Environment environment = InternalSettingsPreparer.prepareEnvironment(
        Settings.EMPTY, Map.of("path.home", home.toString()), home.resolve("config"), () -> "local");
    Node node = new SecuredNode(environment, pluginInfos()).start();
    int port = node.injector().getInstance(HttpServerTransport.class)
        .boundAddress().publishAddress().getPort();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
    System.out.println("{\"port\": " + port + "}");
    System.out.flush();
    // All of the node's own threads are daemons.
    lifeline.join();
  }

  private static List<PluginInfo> pluginInfos() {
    List<PluginInfo> infos = new ArrayList<>();
    for (Class<?> plugin : PLUGINS) {
      infos.add(new PluginInfo(plugin.getSimpleName(), "on the class path", "NA", Version.CURRENT,
          "21", plugin.getName(), null, List.of(), false));
    }
    return infos;
  }

  /**
   * The parent holds the other end: when it dies, however it dies, this read ends. Only a parent
   * that says something first has the time to wait for an orderly end.
   */
  private static Thread endWithStandardInput() {
    Thread watcher = new Thread(() -> {
      int said = -1;
      try {
        said = System.in.read();
      } catch (java.io.IOException closed) {
        // The same as the end.
      }
      if (said < 0) {
        Runtime.getRuntime().halt(1);
      }
      System.exit(0);
    }, "standard-input-watcher");
    watcher.setDaemon(true);
    watcher.start();
    return watcher;
  }

  private static void close(Node node) {
    try {
      node.close();
    } catch (java.io.IOException failed) {
      System.err.println("closing the node: " + failed);
    }
  }
}
