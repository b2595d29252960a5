# SPDX-License-Identifier: GPL-3.0-or-later
# Reading Qt's headers takes most of a compiler's time. They are read once, into one precompiled header that all
# targets with Qt share. It never replaces an include: a build with -DPLATTER_PRECOMPILED=OFF shows what is missing.
option(PLATTER_PRECOMPILED "Share one precompiled header of Qt and the standard library" ON)

if(PLATTER_PRECOMPILED)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Widgets Concurrent)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/Precompiled.cpp
    CONTENT "// A target needs a source to have a precompiled header.\n")
  add_library(platter_precompiled STATIC ${PROJECT_BINARY_DIR}/Precompiled.cpp)
  set_target_properties(platter_precompiled PROPERTIES AUTOMOC OFF)
  # Only the folders of the larger modules: a macro that a module defines would tie the header to targets that use it.
  target_link_libraries(platter_precompiled PRIVATE platter_options Qt6::Core)
  foreach(module Gui Widgets Concurrent)
    target_include_directories(platter_precompiled SYSTEM PRIVATE
      $<TARGET_PROPERTY:Qt6::${module},INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  target_precompile_headers(platter_precompiled PRIVATE
    <QAbstractItemView> <QAction> <QApplication> <QBoxLayout> <QDateTime> <QEvent> <QFileInfo> <QIcon> <QJsonObject>
    <QKeyEvent> <QLabel> <QLocale> <QMenu> <QPainter> <QPixmap> <QProcess> <QPushButton> <QSettings> <QTableView>
    <QTemporaryDir> <QTimer> <QTreeView> <QWidget> <QtConcurrentRun>
    <algorithm> <array> <atomic> <chrono> <filesystem> <functional> <map> <memory> <mutex> <optional> <span>
    <string> <thread> <vector>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Lets ccache keep what is compiled with it.
    target_compile_options(platter_precompiled PRIVATE -fpch-preprocess)
  endif()
endif()

# The target's sources see the shared header.
function(platter_precompile target)
  if(PLATTER_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM platter_precompiled)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -fpch-preprocess)
    endif()
  endif()
endfunction()
